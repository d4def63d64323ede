#include <poolproof/pool_class.hpp>

#include <array>
#include <utility>

namespace poolproof {
namespace {

constexpr std::array<std::pair<PoolClass, const char*>, 5> kNames{{
    {PoolClass::queue_pool, "QueuePool"},
    {PoolClass::null_pool, "NullPool"},
    {PoolClass::static_pool, "StaticPool"},
    {PoolClass::singleton_thread_pool, "SingletonThreadPool"},
    {PoolClass::assertion_pool, "AssertionPool"},
}};

// The modules in which SQLAlchemy has them.
constexpr std::array<std::string_view, 3> kModules{"sqlalchemy.pool.impl.", "sqlalchemy.pool.", ""};

}  // namespace

const char* name_of(PoolClass pool_class) {
  for (const auto& [each, name] : kNames) {
    if (each == pool_class) return name;
  }
  return "?";
}

std::optional<PoolClass> pool_class_named(std::string_view name) {
  for (const std::string_view module : kModules) {
    if (!name.starts_with(module)) continue;
    const std::string_view plain = name.substr(module.size());
    for (const auto& [each, known] : kNames) {
      if (plain == known) return each;
    }
  }
  return std::nullopt;
}

}  // namespace poolproof
