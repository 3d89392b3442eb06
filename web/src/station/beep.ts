let audio: AudioContext | undefined;

/** Two low tones: something is wrong, look at the screen. */
export function beepError(): void {
  tone(240, 0, 0.16);
  tone(190, 0.2, 0.22);
}

/** Three rising tones: something new has come. */
export function beepNew(): void {
  tone(660, 0, 0.14);
  tone(880, 0.16, 0.14);
  tone(1100, 0.32, 0.22);
}

function tone(hertz: number, delay: number, length: number): void {
  try {
    audio ??= new AudioContext();
    const start = audio.currentTime + delay;
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.type = "square";
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0.12, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + length);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(start + length);
  } catch {
    // A till without a loudspeaker still shows the banner.
  }
}
