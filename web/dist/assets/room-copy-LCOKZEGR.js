import{a,b,c,d}from"./chunk-N6MXE5UY.js";import"./chunk-SAIDHJHV.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,c as current,b as foldOf,d as sweepCopies};
