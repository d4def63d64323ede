// The settings of one session: SET, SET LOCAL, RESET, SHOW, and what becomes of them at the end of
// a transaction.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/values.hpp"
#include "props/world/time.hpp"

namespace poolproof::world::postgres {

class Settings {
 public:
  enum class Scope : std::uint8_t { session, transaction };

  // Only what differs from the server's default is kept, in the order of names.
  struct Setting {
    std::string name;
    std::string value;
    friend bool operator==(const Setting&, const Setting&) = default;
  };
  struct Snapshot {
    std::vector<Setting> now, later;
  };

  // What a start-up message asks for: it is what RESET goes back to. Made known before the first
  // ReadyForQuery.
  std::optional<Failure> begin_with(std::string_view name, std::string_view value);

  std::optional<Failure> set(std::string_view name, std::string_view value, Scope scope);
  // Back to what the session began with.
  std::optional<Failure> reset(std::string_view name, Scope scope = Scope::session);
  void reset_all();
  // As SHOW prints it; a failure, if there is no such setting.
  std::optional<Failure> show(std::string_view name, std::string& value) const;
  // As PostgreSQL spells it.
  static std::string canonical(std::string_view name);
  [[nodiscard]] static std::vector<std::string> names();

  // ---- transactions ----
  [[nodiscard]] Snapshot snapshot() const { return {now_, later_}; }
  void restore(const Snapshot& snapshot);
  // SET LOCAL is over; what was set for the session stays.
  void commit();

  // ---- what clients and observers are told ----
  // Whether RESET ALL would change anything.
  [[nodiscard]] bool altered() const { return altered_; }
  // The reported settings that are not what the client was told last: name and value.
  template <class Tell>
  void report(const Tell& tell) {
    if (!unreported_) return;
    unreported_ = false;
    report_to(tell);
  }
  // The client knows them as they are.
  void told();
  // Those that a start-up reports, in order.
  static const std::vector<std::string>& reported_names();

  // ---- those that the server itself obeys; zero: none ----
  [[nodiscard]] Duration statement_timeout() const { return statement_timeout_; }
  [[nodiscard]] Duration lock_timeout() const { return lock_timeout_; }
  [[nodiscard]] Duration idle_in_transaction_timeout() const { return idle_in_transaction_; }
  [[nodiscard]] Duration idle_timeout() const { return idle_; }
  [[nodiscard]] bool read_only_by_default() const { return read_only_; }

  // The name and the state of the server are its own to tell.
  void force(std::string_view name, std::string_view value);

 private:
  void report_to(const std::function<void(const std::string&, const std::string&)>& tell);
  void changed();
  [[nodiscard]] const std::string* find(const std::vector<Setting>& in,
                                        std::string_view name) const;
  [[nodiscard]] std::string value_of(std::string_view name) const;
  [[nodiscard]] Duration duration_of(std::string_view name) const;

  std::vector<Setting> at_first_;
  std::vector<Setting> now_;
  std::vector<Setting> later_;  // once the transaction has committed
  std::vector<Setting> told_;   // of the reported ones
  Duration statement_timeout_{};
  Duration lock_timeout_{};
  Duration idle_in_transaction_{};
  Duration idle_{};
  bool read_only_ = false;
  bool altered_ = false;
  bool unreported_ = false;
};

}  // namespace poolproof::world::postgres
