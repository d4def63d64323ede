// Whether the server will let a pool, and others like it, open what they may: a starter plan of 20
// connections must not be promised 30.
//
//   auto limit = poolproof::ask_server_limit(lease->native());
//   if (limit) {
//     if (auto warning = poolproof::shortage(pool.options(), *limit, 4)) log(*warning);
//   }
#pragma once

#include <optional>
#include <string>

#include <poolproof/export.hpp>
#include <poolproof/options.hpp>
#include <poolproof/result.hpp>

namespace poolproof {

// What one role may have open on one database.
struct ServerLimit {
  int max_connections = 0;                        // of the whole server
  int reserved = 0;                               // of them, for superusers and such
  std::optional<int> of_role = std::nullopt;      // nullopt: no limit of its own
  std::optional<int> of_database = std::nullopt;  //
  std::string role = {};
  std::string database = {};

  // The least of the three.
  POOLPROOF_API int available() const;
};

// Asks the server, in one query. The error is libpq's.
[[nodiscard]] POOLPROOF_API Result<ServerLimit, std::string> ask_server_limit(PGconn* connection);

// If `processes` pools with these options may want more than there is: one line with the sum.
// Others who use the same server are not counted.
[[nodiscard]] POOLPROOF_API std::optional<std::string> shortage(const PoolOptions& options,
                                                                const ServerLimit& limit,
                                                                int processes = 1);

}  // namespace poolproof
