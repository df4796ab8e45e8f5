#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "http/server_impl.h"

// How a response of events goes on after its handler: all on the I/O thread but OpenStream.
namespace rowhouse::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Result<std::shared_ptr<StreamQueue>> Server::Impl::OpenStream(
    const ConnectionPtr& connection, EventStreamOptions options
) {
  if (++streams_open_ > options_.event_streams_max) {
    --streams_open_;
    return Error(
        ErrorKind::kUnavailable,
        fmt::format("{}: {} live views are open already", options_.name, options_.event_streams_max)
    );
  }
  connection->stream =
      std::make_shared<StreamQueue>(options, [this, weak = std::weak_ptr<Connection>(connection)] {
        asio::post(io_, [this, weak] {
          const ConnectionPtr found = weak.lock();
          if (found != nullptr && found->with_io) {
            PumpStream(found);
          }
        });
      });
  return connection->stream;
}

void Server::Impl::AdoptStream(const ConnectionPtr& connection) {
  connection->with_io = true;
  if (stopping_) {
    Drop(connection);
    return;
  }
  connection->parser = nullptr;
  connection->unparsed = {};
  connection->wrote_at = Clock::Real().Now();
  streams_.insert(connection);
  WatchStreamsPeer(connection);
  PumpStream(connection);
}

// The client has nothing more to say; what matters is when it goes.
void Server::Impl::WatchStreamsPeer(const ConnectionPtr& connection) {
  connection->socket.async_wait(tcp::socket::wait_read, [this, connection](const error_code& ec) {
    if (connection->stream == nullptr) {
      return;
    }
    Transport::Step step{1, Transport::Want::kNothing};
    while (!ec && step.bytes > 0) {
      step = connection->transport.ReadStep(scratch_.data(), scratch_.size());
    }
    if (ec || step.want == Transport::Want::kClosed) {
      Drop(connection);
    } else {
      WatchStreamsPeer(connection);
    }
  });
}

void Server::Impl::PumpStream(const ConnectionPtr& connection) {
  Connection& c = *connection;
  while (c.stream != nullptr && !c.waits_to_write) {
    if (c.outgoing_sent < c.outgoing.size()) {
      if (!WriteStream(connection)) {
        return;
      }
      continue;
    }
    c.outgoing = {};
    c.outgoing_sent = 0;
    const bool more = c.stream->Take(c.outgoing);
    if (c.outgoing.empty()) {
      if (!more) {
        c.transport.EndSending();
        Drop(connection);
      }
      return;
    }
  }
}

// False when the client takes no more for now, or never again.
bool Server::Impl::WriteStream(const ConnectionPtr& connection) {
  Connection& c = *connection;
  const auto step = c.transport.WriteStep(std::string_view(c.outgoing).substr(c.outgoing_sent));
  if (step.bytes > 0) {
    c.outgoing_sent += step.bytes;
    c.wrote_at = Clock::Real().Now();
    return true;
  }
  if (step.want == Transport::Want::kClosed) {
    Drop(connection);
    return false;
  }
  c.waits_to_write = true;
  const auto direction =
      step.want == Transport::Want::kRead ? tcp::socket::wait_read : tcp::socket::wait_write;
  c.socket.async_wait(direction, [this, connection](const error_code& ec) {
    connection->waits_to_write = false;
    if (ec && connection->stream != nullptr) {
      Drop(connection);
    } else {
      PumpStream(connection);
    }
  });
  return false;
}

void Server::Impl::BeatStreams() {
  heart_.expires_after(options_.event_heartbeat);
  heart_.async_wait([this](const error_code& ec) {
    if (ec || stopping_) {
      return;
    }
    RenewTls();
    const auto now = Clock::Real().Now();
    const std::vector<ConnectionPtr> all(streams_.begin(), streams_.end());
    for (const ConnectionPtr& connection : all) {
      const auto quiet = now - connection->wrote_at;
      if (connection->waits_to_write && quiet > options_.io_timeout) {
        Drop(connection);
      } else if (!connection->waits_to_write && quiet >= options_.event_heartbeat / 2) {
        connection->outgoing = ": keep\n\n";
        PumpStream(connection);
      }
    }
    BeatStreams();
  });
}

}  // namespace rowhouse::http
