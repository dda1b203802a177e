import{a,b,c,d,e}from"./chunk-RVKFJ265.js";import"./chunk-WEJIUY63.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
