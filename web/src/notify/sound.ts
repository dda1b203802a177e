let audio: AudioContext | undefined;

/** Plays two soft notes. They are computed, so there is no file to load. */
export function chime(): void {
  audio ??= new AudioContext();
  void audio.resume();
  [660, 880].forEach((pitch, i) => {
    const note = audio!.createOscillator();
    const volume = audio!.createGain();
    const at = audio!.currentTime + i * 0.12;
    note.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    note.connect(volume).connect(audio!.destination);
    note.start(at);
    note.stop(at + 0.4);
  });
}
