import{a,b,c}from"./chunk-AHTESCJK.js";import"./chunk-WDQ6UHGK.js";import"./chunk-OOJM4CTU.js";export{a as RoomCopy,b as current,c as sweepCopies};
