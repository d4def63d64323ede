// How the pool of a run is opened: by the simplest of the adapter's functions that can say all of
// the scenario's options.
#include <fmt/format.h>

#include <algorithm>

#include "props/check/in_milliseconds.hpp"
#include "props/check/run.hpp"

namespace poolproof::check {
namespace {

// libpq must find everything it needs here: otherwise it would look for the user's name, password
// file and service file, and ask for encryption first.
constexpr const char* kConninfo =
    "host=/simulated user=app dbname=app password=none sslmode=disable gssencmode=disable";
constexpr const char* kConninfoByNetwork =
    "hostaddr=192.0.2.1 user=app dbname=app password=none sslmode=disable gssencmode=disable";

bool tells_of_leaks(const scenario::Scenario& scenario) {
  if (scenario.callers.empty()) return false;
  const auto& last = scenario.callers.back();
  return std::any_of(last.begin(), last.end(), [](const scenario::Loan& each) {
    return each.chore == scenario::Chore::report;
  });
}

poolproof_pool_settings settings_of(const scenario::Scenario& scenario) {
  const model::PoolConfig& pool = scenario.pool;
  return {
      .pool_class = model::name(pool.pool_class).data(),
      .patience_ms = in_milliseconds(pool.patience),
      .recycle_jitter_ms = in_milliseconds(pool.recycle_jitter),
      .idle_timeout_ms = in_milliseconds(pool.idle_timeout),
      .connect_backoff_ms = in_milliseconds(pool.connect_backoff),
      .min_idle = pool.min_idle,
      .track_leases = tells_of_leaks(scenario) ? 1U : 0U,
  };
}

// Whether there is nothing to be told beyond what open() and open_patient() are.
bool is_plain(const poolproof_pool_settings& settings) {
  return settings.recycle_jitter_ms == 0 && settings.idle_timeout_ms == -1 &&
         settings.connect_backoff_ms == 0 && settings.min_idle == 0 && settings.track_leases == 0 &&
         settings.pool_class == model::name(model::PoolClass::queue_pool).data();
}

}  // namespace

void Runner::open_pool() {
  const scenario::Scenario& scenario = result_.scenario;
  const poolproof_pool_config config{
      .abi = POOLPROOF_ADAPTER_ABI,
      .conninfo = scenario.by_network ? kConninfoByNetwork : kConninfo,
      .pool_size = scenario.pool.pool_size,
      .max_overflow = scenario.pool.max_overflow,
      .recycle_ms = in_milliseconds(scenario.pool.recycle),
      .timeout_ms = in_milliseconds(scenario.pool.timeout),
      .lifo = scenario.pool.use_lifo ? 1U : 0U,
      .pre_ping = scenario.pool.pre_ping ? 1U : 0U,
      .reset_on_return = model::name(scenario.pool.reset_on_return).data(),
  };
  const poolproof_pool_settings settings = settings_of(scenario);
  if (!is_plain(settings)) {
    pool_ = accused_.extension().open_with(&config, &settings);
  } else if (settings.patience_ms != 0) {
    pool_ = accused_.extension().open_patient(&config, settings.patience_ms);
  } else {
    pool_ = accused_.adapter().open(&config);
  }
  if (pool_ == nullptr) {
    machine_.scheduler.unsupported(
        fmt::format("{} cannot be opened with {}; give the options that it does not have a value "
                    "that it can, such as --max-overflow 0, --recycle never or --reset-on-return "
                    "none",
                    accused_.name(), model::to_string(scenario.pool)));
  }
}

}  // namespace poolproof::check
