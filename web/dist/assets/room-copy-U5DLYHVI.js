import{a,b,c,d,e}from"./chunk-QBWYPMEB.js";import"./chunk-2MNIIT3T.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
