#include <poolproof/registry.hpp>

#include <libpq-fe.h>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "impl/process.hpp"

namespace poolproof {
namespace {

// The same text for all ways to write the same parameters. Holds the password: it goes nowhere.
// Requires that libpq can parse it.
std::string canonical(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
  std::string result;
  for (const PQconninfoOption* each = parsed.get(); each && each->keyword; ++each) {
    if (each->val == nullptr) continue;
    const std::string value = each->val;  // its length first: no value can look like the next key
    result += std::string(each->keyword) + " " + std::to_string(value.size()) + " " + value + " ";
  }
  return result;
}

}  // namespace

struct Registry::Books {
  const ProcessId made_in = process::id();
  std::mutex mutex;
  std::map<std::pair<std::string, PoolClass>, std::shared_ptr<Pool>> pools;  // guarded by mutex

  // Takes out those whose parameters are wanted; closed by the caller, outside the lock.
  template <class Wanted>
  std::vector<std::shared_ptr<Pool>> take(Wanted is_wanted) {
    std::vector<std::shared_ptr<Pool>> taken;
    const std::lock_guard lock(mutex);
    for (auto each = pools.begin(); each != pools.end();) {
      if (!is_wanted(each->first.first)) {
        ++each;
        continue;
      }
      taken.push_back(std::move(each->second));
      each = pools.erase(each);
    }
    return taken;
  }
};

Registry::Registry() {
  process::watch_forks();
  books_.store(new Books);
}

Registry::~Registry() {
  Books* const last = books_.load();
  if (last->made_in == process::id()) delete last;
}

// A fork leaves its parent's as they are, for ever: a thread that this process does not have may
// hold their lock.
Registry::Books& Registry::books() const {
  Books* known = books_.load();
  while (known->made_in != process::id()) {
    auto mine = std::make_unique<Books>();
    if (books_.compare_exchange_strong(known, mine.get())) return *mine.release();
  }
  return *known;
}

Result<std::shared_ptr<Pool>, std::string> Registry::pool(const PoolOptions& options) {
  if (auto wrong = problem(options)) return Unexpected(*std::move(wrong));
  Books& here = books();
  const std::lock_guard lock(here.mutex);
  auto& pool = here.pools[{canonical(options.conninfo), options.pool_class}];
  if (!pool) pool = std::make_shared<Pool>(options);
  return pool;
}

std::size_t Registry::dispose(const std::string& conninfo) {
  const std::string wanted = canonical(conninfo);
  const auto taken = books().take([&](const std::string& key) { return key == wanted; });
  for (const auto& pool : taken) pool->close();
  return taken.size();
}

std::size_t Registry::dispose_all() {
  const auto taken = books().take([](const std::string&) { return true; });
  for (const auto& pool : taken) pool->close();
  return taken.size();
}

}  // namespace poolproof
