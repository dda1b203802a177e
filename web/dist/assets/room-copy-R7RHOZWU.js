import{a,b,c,d,e}from"./chunk-TXTMVZS3.js";import"./chunk-U6TQP4FG.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
