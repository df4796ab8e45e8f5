// The text of an event stream read by hand: a scan is a request with an answer
// that comes in parts, and must not be sent again by itself as EventSource does.

export interface StreamEvent {
  event: string;
  data: string;
}

/** Takes whole events off the front of what has come; the rest waits for more. */
export function takeEvents(text: string): { events: StreamEvent[]; rest: string } {
  const events: StreamEvent[] = [];
  const blocks = text.replace(/\r\n/g, "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  for (const block of blocks) {
    let event = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    }
    if (data.length) events.push({ event, data: data.join("\n") });
  }
  return { events, rest };
}
