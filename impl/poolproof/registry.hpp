// One pool for each database that a program talks to, made when it is first asked for: what a web
// framework needs, whose parts know the settings and not each other.
//
//   poolproof::Registry registry;
//   auto pool = registry.pool(options);  // the same one for the same connection
//   registry.dispose(options.conninfo);  // before the test database is dropped
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include <poolproof/export.hpp>
#include <poolproof/pool.hpp>
#include <poolproof/result.hpp>

namespace poolproof {

// Thread-safe. In a fork of the process that made it it is empty, and fills with pools of that
// process.
class POOLPROOF_API Registry {
 public:
  // Empty.
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The pool of that class with those connection parameters; if there is none, a new one with these
  // options. Parameters are what libpq reads in conninfo: "host=db dbname=app" and
  // "postgresql://db/app" are the same. The other options are those of whoever came first. An error
  // is what problem() says.
  [[nodiscard]] Result<std::shared_ptr<Pool>, std::string> pool(const PoolOptions& options);

  // Closes all pools with these connection parameters and drops them: leases that are out are
  // closed when they come back, and the next pool() makes a new one. How many there were. The Pool
  // lives as long as somebody has a pointer to it, and must while a lease is out.
  std::size_t dispose(const std::string& conninfo);
  std::size_t dispose_all();

 private:
  struct Books;
  Books& books() const;

  mutable std::atomic<Books*> books_;
};

}  // namespace poolproof
