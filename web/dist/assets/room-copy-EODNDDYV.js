import{a,b,c}from"./chunk-22OFQACT.js";import"./chunk-3YAZEULR.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,b as current,c as sweepCopies};
