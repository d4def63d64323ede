// The two servers that must not differ: set up alike, and how a conversation is played to each.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "integration/fidelity/player.hpp"
#include "integration/private_postgres.hpp"
#include "props/world/postgres/server.hpp"

namespace poolproof::integration::fidelity {

// Roles app, postgres (superuser), plain, hashed and scrammed (password "secret", by the method of
// that name), single (one connection), locked (may not log in), unset (md5, has no password).
// Databases app, postgres, narrow (one connection).
world::postgres::ServerOptions simulated_options();

void give_order(world::postgres::Server& simulated, std::string_view what);

class LiveServer {
 public:
  // Throws std::runtime_error if there is none to be had.
  LiveServer();

  Transcript play(const Conversation& conversation) const;

 private:
  void order(std::string_view what) const;

  std::unique_ptr<PrivatePostgres> postgres_;
};

}  // namespace poolproof::integration::fidelity
