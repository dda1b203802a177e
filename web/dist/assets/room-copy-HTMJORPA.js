import{a,b,c}from"./chunk-N4PTCNAH.js";import"./chunk-OQIGFNPH.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,b as current,c as sweepCopies};
