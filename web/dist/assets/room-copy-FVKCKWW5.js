import{a,b,c,d,e}from"./chunk-FNAKY3KI.js";import"./chunk-CSGZ5KIA.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,d as current,c as foldOf,e as sweepCopies,b as updateCopy};
