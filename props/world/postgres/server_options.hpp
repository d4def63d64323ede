// What an administrator would have configured of the simulated server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "props/world/time.hpp"

namespace poolproof::world::postgres {

enum class AuthenticationMethod : std::uint8_t { trust, cleartext, md5, scram_sha_256 };

inline constexpr int kNoLimit = -1;

struct Role {
  std::string name;
  std::string password = {};  // empty: it has none, and no method but trust lets it in
  bool superuser = false;
  bool can_log_in = true;
  int connection_limit = kNoLimit;                          // superusers do not care
  std::optional<AuthenticationMethod> authentication = {};  // else the server's
};

struct Database {
  std::string name;
  int connection_limit = kNoLimit;  // superusers do not care
};

struct ServerOptions {
  AuthenticationMethod authentication = AuthenticationMethod::trust;
  // Who may log in, and where to; none: whoever asks, wherever.
  std::vector<Role> roles = {};
  std::vector<Database> databases = {};
  // PostgreSQL asks for 4096, which cost each client some milliseconds of real time.
  int scram_iterations = 1;
  // A client that has not been let in by then is dropped.
  Duration authentication_timeout = std::chrono::seconds(60);
  Duration deadlock_timeout = std::chrono::seconds(1);
  bool standby = false;  // in recovery: every transaction is read-only

  // How many sessions there may be, and how many of these places only superusers get.
  int max_connections = 100;
  int superuser_reserved_connections = 3;
  // How long a session's place stays taken after its end: its process has to exit first.
  Duration release_lag{};
  // How long a cancel request takes to reach its target: the postmaster forks, a signal is sent.
  Duration cancel_delay{};
  // How long the server recovers after a start, refusing with 57P03, and how long a standby takes
  // to become the primary.
  Duration start_takes = std::chrono::milliseconds(200);
  Duration promotion_takes = std::chrono::seconds(1);
  // Whether there is a second host, a standby of the first.
  bool has_standby = false;
};

}  // namespace poolproof::world::postgres
