import{a,b,c}from"./chunk-HATRIVWD.js";import"./chunk-3ML2GWVJ.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,b as current,c as sweepCopies};
