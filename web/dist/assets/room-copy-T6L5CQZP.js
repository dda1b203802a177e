import{a,b,c,d,e}from"./chunk-WQMRE7US.js";import"./chunk-7R64U2HK.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
