#include "props/world/postgres/functions.hpp"

#include <algorithm>

namespace poolproof::world::postgres {
namespace {

using Id = Function::Id;

constexpr Function kFunctions[] = {
    {"abs", Id::abs, 1, 1, Type::unknown},
    {"clock_timestamp", Id::now, 0, 0, Type::timestamptz},
    {"coalesce", Id::coalesce, 1, 100, Type::unknown},
    {"concat", Id::concat, 0, 100, Type::text},
    {"count", Id::count, 1, 1, Type::int8, false, true},
    {"current_catalog", Id::current_database, 0, 0, Type::name},
    {"current_database", Id::current_database, 0, 0, Type::name},
    {"current_date", Id::current_date, 0, 0, Type::date},
    {"current_role", Id::current_user, 0, 0, Type::name},
    {"current_schema", Id::current_schema, 0, 0, Type::name},
    {"current_setting", Id::current_setting, 1, 2, Type::text},
    {"current_timestamp", Id::now, 0, 0, Type::timestamptz},
    {"current_user", Id::current_user, 0, 0, Type::name},
    {"length", Id::length, 1, 1, Type::int4},
    {"lower", Id::lower, 1, 1, Type::text},
    {"max", Id::max, 1, 1, Type::unknown, false, true},
    {"min", Id::min, 1, 1, Type::unknown, false, true},
    {"now", Id::now, 0, 0, Type::timestamptz},
    {"nullif", Id::nullif, 2, 2, Type::unknown},
    {"pg_advisory_lock", Id::lock, 1, 2, Type::nothing, true},
    {"pg_advisory_lock_shared", Id::lock, 1, 2, Type::nothing, true, false, true},
    {"pg_advisory_unlock", Id::unlock, 1, 2, Type::boolean, true},
    {"pg_advisory_unlock_all", Id::unlock_all, 0, 0, Type::nothing, true},
    {"pg_advisory_unlock_shared", Id::unlock, 1, 2, Type::boolean, true, false, true},
    {"pg_advisory_xact_lock", Id::lock, 1, 2, Type::nothing, true, false, false, true},
    {"pg_advisory_xact_lock_shared", Id::lock, 1, 2, Type::nothing, true, false, true, true},
    {"pg_backend_pid", Id::backend_pid, 0, 0, Type::int4},
    {"pg_cancel_backend", Id::cancel_backend, 1, 1, Type::boolean, true},
    {"pg_is_in_recovery", Id::in_recovery, 0, 0, Type::boolean},
    {"pg_notify", Id::notify, 2, 2, Type::nothing, true},
    {"pg_sleep", Id::sleep, 1, 1, Type::nothing, true},
    {"pg_terminate_backend", Id::terminate_backend, 1, 2, Type::boolean, true},
    {"pg_try_advisory_lock", Id::try_lock, 1, 2, Type::boolean, true},
    {"pg_try_advisory_lock_shared", Id::try_lock, 1, 2, Type::boolean, true, false, true},
    {"pg_try_advisory_xact_lock", Id::try_lock, 1, 2, Type::boolean, true, false, false, true},
    {"pg_try_advisory_xact_lock_shared", Id::try_lock, 1, 2, Type::boolean, true, false, true,
     true},
    {"random", Id::random, 0, 0, Type::float8},
    {"session_user", Id::current_user, 0, 0, Type::name},
    {"set_config", Id::set_config, 3, 3, Type::text, true},
    {"statement_timestamp", Id::now, 0, 0, Type::timestamptz},
    {"sum", Id::sum, 1, 1, Type::int8, false, true},
    {"transaction_timestamp", Id::now, 0, 0, Type::timestamptz},
    {"txid_current", Id::txid, 0, 0, Type::int8},
    {"upper", Id::upper, 1, 1, Type::text},
    {"user", Id::current_user, 0, 0, Type::name},
    {"version", Id::version, 0, 0, Type::text},
};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* const found =
      std::lower_bound(std::begin(kFunctions), std::end(kFunctions), name,
                       [](const Function& each, std::string_view of) { return each.name < of; });
  return found != std::end(kFunctions) && found->name == name ? found : nullptr;
}

}  // namespace poolproof::world::postgres
