#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rowhouse::mysql {

// How much of TLS is asked for; the names are MySQL's own.
enum class TlsMode : uint8_t {
  kDisabled,    // never
  kPreferred,   // where the server has it, unverified; the password may go over plain TCP otherwise
  kRequired,    // always, unverified
  kVerifyCa,    // the server's certificate must be signed by `ca`
  kVerifyFull,  // and name the host
};

// TLS towards the server.
struct TlsOptions {
  TlsMode mode = TlsMode::kPreferred;
  std::string ca;    // PEM file; empty: the system's
  std::string cert;  // client certificate, PEM file
  std::string key;   // its key
};

// How a MySQL or MariaDB server is reached and followed. The flavour is detected.
struct SourceOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 3306;
  std::string socket;  // Unix socket; when set, host and port are not used
  std::string user;
  std::string password;
  TlsOptions tls;
  std::chrono::milliseconds connect_timeout{10'000};
  // Ours as a replica; unique among all replicas of the source. 0: one is picked per process.
  uint32_t server_id = 0;
  // A silent server sends a heartbeat this often; after three missed the link is dead.
  std::chrono::milliseconds heartbeat{5'000};
  // How long the server lets us be slow before it drops the dump; its default is 60.
  std::chrono::seconds net_write_timeout{600};
  bool verify_checksum = true;
  bool with_query = false;         // changes carry their statement (DecoderOptions)
  bool with_transactions = false;  // batches say where transactions begin and end
  // A replica that rows are read from; empty: they are read from the server itself. Account and TLS
  // are the same.
  std::string read_host;
  uint16_t read_port = 3306;
  // How long the replica may take to get what the server has.
  std::chrono::milliseconds read_wait{30'000};

  // "127.0.0.1:3306" or the socket's path, for messages.
  std::string Where() const { return socket.empty() ? host + ":" + std::to_string(port) : socket; }

  bool reads_replica() const { return !read_host.empty(); }

  // How the server that rows are read from is reached.
  SourceOptions Reading() const {
    SourceOptions options = *this;
    if (reads_replica()) {
      options.host = read_host;
      options.port = read_port;
      options.socket.clear();
      options.read_host.clear();
    }
    return options;
  }
};

}  // namespace rowhouse::mysql
