#include "props/check/accused.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <set>

#include "props/adapters/ours.hpp"
#include "props/world/memory/memory.hpp"

namespace poolproof::check {
namespace {

// The files of this process that have thread_local storage.
std::set<std::string> with_thread_locals() {
  std::set<std::string> files;
  dl_iterate_phdr(
      [](dl_phdr_info* object, size_t, void* found) {
        const ElfW(Phdr)* const end = object->dlpi_phdr + object->dlpi_phnum;
        if (std::any_of(object->dlpi_phdr, end, [](const ElfW(Phdr) & header) {
              return header.p_type == PT_TLS && header.p_memsz > 0;
            })) {
          static_cast<std::set<std::string>*>(found)->insert(object->dlpi_name);
        }
        return 0;
      },
      &files);
  return files;
}

// What a plugin must bring; the rest may be absent.
const char* missing_operation(const poolproof_adapter& adapter) {
  if (adapter.open == nullptr) return "open";
  if (adapter.acquire == nullptr) return "acquire";
  if (adapter.query == nullptr) return "query";
  if (adapter.release == nullptr) return "release";
  if (adapter.destroy == nullptr) return "destroy";
  return nullptr;
}

// How much of it there is: it grows from version to version. 0: it is of none that is known.
std::size_t size_of(const poolproof_extension* extension) {
  if (extension == nullptr) return 0;
  if (extension->abi == 1) return offsetof(poolproof_extension, make_canceller);
  if (extension->abi == 2) return offsetof(poolproof_extension, open_with);
  return extension->abi == POOLPROOF_EXTENSION_ABI ? sizeof *extension : 0;
}

// Whether that file, or one that came with it, tells of its accesses to memory. `before`: how many
// such files there were before it was loaded; loaded again, it announces nothing new.
bool tells_of_memory(void* library, std::size_t before) {
  static std::set<void*> known;
  if (world::Memory::announced() > before) known.insert(library);
  return known.contains(library);
}

}  // namespace

std::variant<Accused, std::string> Accused::load(const std::string& file) {
  static const std::set<std::string> before_any_plugin = with_thread_locals();
  // A name without a slash would be searched for in the system's library folders.
  const std::string path = file.find('/') == std::string::npos ? "./" + file : file;
  const std::size_t announced = world::Memory::announced();
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fmt::format("--pool {}: cannot be loaded: {}", file, dlerror());
  const auto get =
      reinterpret_cast<decltype(&poolproof_adapter_get)>(dlsym(library, "poolproof_adapter_get"));
  if (get == nullptr) {
    return fmt::format("--pool {}: exports no poolproof_adapter_get; see <poolproof/adapter.h>",
                       file);
  }
  const poolproof_adapter* const adapter = get();
  if (adapter == nullptr || adapter->abi != POOLPROOF_ADAPTER_ABI) {
    return fmt::format("--pool {}: was built for another version of <poolproof/adapter.h>", file);
  }
  if (const char* const operation = missing_operation(*adapter)) {
    return fmt::format("--pool {}: its adapter lacks the operation {}", file, operation);
  }
  const auto get_extension = reinterpret_cast<decltype(&poolproof_extension_get)>(
      dlsym(library, "poolproof_extension_get"));
  const poolproof_extension* const extension = get_extension ? get_extension() : &kNoExtension;
  const std::size_t size = get_extension ? size_of(extension) : sizeof kNoExtension;
  if (size == 0) {
    return fmt::format("--pool {}: its extension was built for another <poolproof/adapter.h>",
                       file);
  }
  poolproof_extension known = kNoExtension;
  std::memcpy(&known, extension, size);
  Accused accused(*adapter, known, file, tells_of_memory(library, announced));
  for (const std::string& each : with_thread_locals()) {
    if (!before_any_plugin.contains(each)) accused.thread_locals_.push_back(each);
  }
  return accused;
}

Accused ours() { return Accused(adapters::ours(), adapters::our_extension()); }

}  // namespace poolproof::check
