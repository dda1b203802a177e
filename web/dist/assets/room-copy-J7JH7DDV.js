import{a,b,c,d,e}from"./chunk-3ZYNZRCW.js";import"./chunk-RZL7IR4X.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
