import{a,b,c}from"./chunk-OIRFVGQA.js";import"./chunk-JF7SPWLP.js";import"./chunk-WOT6VMZA.js";export{a as RoomCopy,b as current,c as sweepCopies};
