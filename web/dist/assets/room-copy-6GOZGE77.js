import{a,b,c,d,e}from"./chunk-6GNHVTBZ.js";import"./chunk-XBOMJDZA.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
