import{a,b,c,d,e}from"./chunk-Y7XI3JTB.js";import"./chunk-MVITXDKF.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
