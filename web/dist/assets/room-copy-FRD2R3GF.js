import{a,b,c,d,e}from"./chunk-3FDIZ4LU.js";import"./chunk-YUJICPWZ.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
