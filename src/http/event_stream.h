#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"

namespace rowhouse::http {

// One event of a text/event-stream.
struct Event {
  std::string_view name;  // empty: "message"
  std::string_view data;  // any text; its lines become data lines
  std::string_view id;    // empty: none; a client that reconnects gives it as Last-Event-ID
};

// How a stream treats its client.
struct EventStreamOptions {
  // What waits for a slow client at most; an event that does not fit is skipped.
  size_t queue_bytes_max = size_t{64} * 1024;
};

// A response that stays open, on which events are sent until either side ends it.
//
// The server's I/O thread writes it, so that a viewer costs neither a worker nor a thread. Nobody
// who sends ever waits for a client: events that do not fit into the client's queue are skipped,
// and before the next one that fits the client is told how many, as event "skipped" with the
// data {"events":n}. A client without events gets a comment from time to time, which shows both
// sides that the other is there; one that takes nothing for a while is dropped.
//
// Place:   made by ResponseWriter::StartEvents; kept by whoever has events to tell, also beyond
//          the server's end, when it is closed.
// Threads: any.
class EventStream {
 public:
  enum class Sent { kQueued, kSkipped, kClosed };

  virtual ~EventStream() = default;

  virtual Sent Send(const Event& event) = 0;

  // Ends the response when what is queued has been written. The client may come again.
  virtual void Close() = 0;

  // False once the client is gone, or after Close.
  virtual bool open() const = 0;

  // Bytes that wait for the client.
  virtual size_t queued_bytes() const = 0;

  // For a sender that would rather wait than skip: until at most half of the queue is in use, the
  // stream is closed or the deadline has passed. False for the latter two.
  virtual bool AwaitRoom(Deadline deadline) = 0;
};

// The id of the last event that a reconnecting client has seen; empty: none.
std::string_view LastEventId(const Request& request);

// The event as it stands in the stream.
std::string FormatEvent(const Event& event);

}  // namespace rowhouse::http
