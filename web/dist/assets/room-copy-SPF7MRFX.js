import{a,b,c,d,e}from"./chunk-BDYI6XK4.js";import"./chunk-CAXVOQQN.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
