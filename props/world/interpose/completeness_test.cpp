// Nothing of the C library that orders or blocks threads passes the world by: each such symbol that
// it exports is either defined by this executable, modelled or refused, or is listed here with the
// reason why it may be the library's own.
#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof::world {
namespace {

// ---- what the C library exports ----

class Exports {
 public:
  explicit Exports(const char* library) {
    void* const handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) return;
    link_map* map = nullptr;
    dlinfo(handle, RTLD_DI_LINKMAP, &map);
    base = map->l_addr;
    for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_SYMTAB) symbols = at<const ElfW(Sym)*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_STRTAB) strings = at<const char*>(entry->d_un.d_ptr);
      if (entry->d_tag == DT_GNU_HASH) hash = at<const std::uint32_t*>(entry->d_un.d_ptr);
    }
  }

  std::vector<std::string> functions() const {
    std::vector<std::string> names;
    for (const auto& symbol : std::span(symbols, count())) {
      const auto type = ELF64_ST_TYPE(symbol.st_info);
      if (symbol.st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_GNU_IFUNC)) {
        names.emplace_back(strings + symbol.st_name);
      }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

 private:
  template <class Pointer>
  static Pointer at(ElfW(Addr) address) {
    return reinterpret_cast<Pointer>(address);  // NOLINT(performance-no-int-to-ptr)
  }

  // The table does not say how long it is; its hash does: the end of the chain of its last bucket.
  std::size_t count() const {
    const std::span buckets(hash + 4 + std::size_t{hash[2]} * sizeof(ElfW(Addr)) / sizeof *hash,
                            hash[0]);
    const std::uint32_t first = hash[1];
    const std::uint32_t* const chain = buckets.data() + buckets.size();
    std::uint32_t last = *std::max_element(buckets.begin(), buckets.end());
    while ((chain[last - first] & 1U) == 0) ++last;
    return last + 1;
  }

  ElfW(Addr) base = 0;
  const ElfW(Sym) * symbols = nullptr;
  const char* strings = nullptr;
  const std::uint32_t* hash = nullptr;
};

// ---- which of it concerns us ----

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
bool begins_with_any_of(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool orders_or_blocks(std::string_view name) {
  while (name.starts_with('_')) name.remove_prefix(1);
  if (name.starts_with("libc_")) name.remove_prefix(5);
  return begins_with_any_of(
             name, {"pthread_", "sem_",         "mtx_",       "cnd_",     "thrd_",  "tss_",
                    "sigwait",  "sigtimedwait", "sigsuspend", "sigpause", "epoll_", "eventfd",
                    "timerfd_", "signalfd",     "mq_",        "msg",      "aio_",   "lio_",
                    "timer_",   "posix_spawn",  "exec",       "lockf",    "flock",  "gethostby"}) ||
         is_any_of(
             name,
             {"alarm", "call_once", "clock_gettime", "clock_nanosleep", "clone", "daemon", "Fork",
              "fexecve", "fork", "forkpty", "ftrylockfile", "gai_suspend", "getaddrinfo",
              "getaddrinfo_a", "getnameinfo", "gettimeofday", "nanosleep", "pause", "pclose",
              "poll", "poll_chk", "popen", "ppoll", "ppoll_chk", "pselect", "sched_yield", "select",
              "semop", "semtimedop", "setitimer", "sleep", "syscall", "system", "time", "ualarm",
              "usleep", "vfork", "wait", "wait3", "wait4", "waitid", "waitpid", "xpg_sigpause",
              // on descriptors
              "accept", "accept4", "bind", "close", "connect", "dup", "dup2", "dup3", "fcntl",
              "fcntl64", "getpeername", "getsockname", "getsockopt", "ioctl", "listen", "pipe",
              "pipe2", "read", "read_chk", "readv", "recv", "recv_chk", "recvfrom", "recvfrom_chk",
              "recvmmsg", "recvmsg", "send", "sendmmsg", "sendmsg", "sendto", "setsockopt",
              "shutdown", "socket", "socketpair", "write", "writev"});
}

// ---- what may pass, and why ----

struct Group {
  const char* reason;
  bool (*has)(std::string_view name);
};

const Group kAllowed[] = {
    {"fills in a record that only calls of ours read",
     [](std::string_view name) {
       return begins_with_any_of(
           name, {"pthread_attr_", "pthread_mutexattr_", "__pthread_mutexattr_",
                  "pthread_condattr_", "pthread_rwlockattr_", "pthread_barrierattr_",
                  "posix_spawnattr_", "posix_spawn_file_actions_"});
     }},
    {"makes an object that nobody uses yet",
     [](std::string_view name) {
       return is_any_of(name, {"sem_init", "pthread_cond_init", "pthread_barrier_init",
                               "pthread_barrierattr_init", "cnd_init"});
     }},
    {"asks or sets what orders nothing",
     [](std::string_view name) {
       return is_any_of(name, {"pthread_equal", "thrd_equal", "pthread_mutex_getprioceiling",
                               "pthread_getconcurrency", "pthread_setconcurrency",
                               "pthread_getattr_default_np", "pthread_setattr_default_np",
                               "pthread_sigmask", "pthread_atfork", "__pthread_get_minstack"});
     }},
    {"is of cancellation, and nobody is ever cancelled: pthread_cancel is refused",
     [](std::string_view name) {
       return begins_with_any_of(name, {"_pthread_cleanup_", "__pthread_cleanup_"}) ||
              is_any_of(name, {"pthread_setcancelstate", "pthread_setcanceltype",
                               "pthread_testcancel", "__pthread_register_cancel",
                               "__pthread_register_cancel_defer", "__pthread_unregister_cancel",
                               "__pthread_unregister_cancel_restore", "__pthread_unwind_next"});
     }},
    {"ends a key, which is the process's",
     [](std::string_view name) {
       return is_any_of(name, {"pthread_key_delete", "__pthread_key_delete"});
     }},
    {"makes or asks something for which whoever waits is refused",
     [](std::string_view name) {
       return is_any_of(name, {"signalfd", "msgget", "msgctl"});
     }},
    {"works on what only a refused call makes",
     [](std::string_view name) {
       return begins_with_any_of(name, {"aio_cancel", "aio_error", "aio_return", "__mq_open"}) ||
              is_any_of(name, {"mq_close", "mq_getattr", "mq_setattr", "mq_unlink", "timer_delete",
                               "timer_getoverrun", "timer_gettime", "timer_settime", "aio_init"});
     }},
    {"takes any number of arguments, so that nothing can stand in for it; the process ends",
     [](std::string_view name) {
       return is_any_of(name, {"execl", "execle", "execlp"});
     }},
    {"is for the C library itself",
     [](std::string_view name) {
       return is_any_of(name, {"__libc_fcntl64", "__recv", "__sendmmsg", "__socket"});
     }},
    {"only programs of before 2000 can be linked with",
     [](std::string_view name) { return is_any_of(name, {"pthread_kill_other_threads_np"}); }},
};

const Group* group_of(std::string_view name) {
  const auto* const group = std::find_if(std::begin(kAllowed), std::end(kAllowed),
                                         [&](const Group& each) { return each.has(name); });
  return group == std::end(kAllowed) ? nullptr : group;
}

// Whether calls of that name, from any library, come to this executable.
bool is_ours(const std::string& name) {
  Dl_info definition{};
  Dl_info ours{};
  void* const found = dlsym(RTLD_DEFAULT, name.c_str());
  return found != nullptr && dladdr(found, &definition) != 0 &&
         dladdr(reinterpret_cast<void*>(&group_of), &ours) != 0 &&
         definition.dli_fbase == ours.dli_fbase;
}

TEST(Completeness, EverySymbolThatOrdersOrBlocksIsModelledOrRefusedOrListed) {
  int concerned = 0;
  for (const auto& name : Exports("libc.so.6").functions()) {
    if (!orders_or_blocks(name)) continue;
    ++concerned;
    if (!is_ours(name)) {
      EXPECT_NE(group_of(name), nullptr) << name << " passes the world by";
    }
  }
  EXPECT_GT(concerned, 200) << "the C library's exports were not found";
}

}  // namespace
}  // namespace poolproof::world
