// What an administrator would have configured of the simulated server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "props/world/time.hpp"

namespace poolproof::world::postgres {

enum class AuthenticationMethod : std::uint8_t { trust, cleartext, md5, scram_sha_256 };

struct Role {
  std::string name;
  std::string password = {};  // empty: it has none, and no method but trust lets it in
  bool superuser = false;
};

struct ServerOptions {
  AuthenticationMethod authentication = AuthenticationMethod::trust;
  // Who may log in, and where to; none: whoever asks, wherever.
  std::vector<Role> roles = {};
  std::vector<std::string> databases = {};
  // PostgreSQL asks for 4096, which cost each client some milliseconds of real time.
  int scram_iterations = 1;
  // A client that has not been let in by then is dropped.
  Duration authentication_timeout = std::chrono::seconds(60);
  Duration deadlock_timeout = std::chrono::seconds(1);
  bool standby = false;  // in recovery: every transaction is read-only
};

}  // namespace poolproof::world::postgres
