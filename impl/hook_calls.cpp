#include "impl/hook_calls.hpp"

#include <array>

namespace poolproof {
namespace {

constexpr std::array<std::pair<HookList, const char*>, 10> kLists{{
    {&PoolHooks::first_connect, "first_connect"},
    {&PoolHooks::connect, "connect"},
    {&PoolHooks::checkout, "checkout"},
    {&PoolHooks::checkin, "checkin"},
    {&PoolHooks::reset, "reset"},
    {&PoolHooks::invalidate, "invalidate"},
    {&PoolHooks::soft_invalidate, "soft_invalidate"},
    {&PoolHooks::detach, "detach"},
    {&PoolHooks::close, "close"},
    {&PoolHooks::close_detached, "close_detached"},
}};

HookEvent event_of(Slot& slot, const std::exception_ptr& reason) {
  return {slot.connection.native(), slot.info, slot.slot_info, reason};
}

}  // namespace

const char* name_of(HookList hooks) {
  for (const auto& [list, name] : kLists) {
    if (list == hooks) return name;
  }
  return "?";
}

const char* list_with_empty_hook(const PoolHooks& hooks) {
  for (const auto& [list, name] : kLists) {
    for (const Hook& hook : hooks.*list) {
      if (!hook) return name;
    }
  }
  return nullptr;
}

std::string words_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

std::exception_ptr HookCalls::call(HookList hooks, Slot& slot) const noexcept {
  try {
    const HookEvent event = event_of(slot, nullptr);
    for (const Hook& hook : options_.hooks.*hooks) hook(event);
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

void HookCalls::announce(HookList hooks, Slot& slot,
                         const std::exception_ptr& reason) const noexcept {
  if (!any(hooks)) return;
  const HookEvent event = event_of(slot, reason);
  for (const Hook& hook : options_.hooks.*hooks) {
    try {
      hook(event);
    } catch (...) {
      log("ignored what a hook threw",
          std::string(name_of(hooks)) + ": " + words_of(std::current_exception()));
    }
  }
}

void HookCalls::log(const char* what, const std::string& why) const noexcept {
  if (!options_.log) return;
  try {
    options_.log(std::string("poolproof: ") + what + ": " + why);
  } catch (...) {  // NOLINT(bugprone-empty-catch): as PoolOptions::log promises
  }
}

}  // namespace poolproof
