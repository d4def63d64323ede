# poolproof_instrument(TARGET): lets poolproof see what TARGET, a plugin for `poolproof check --pool` or a library that
# goes into one, does in its memory: its atomics become scheduling points and its data races are found (law RACE).
#
#   include(poolproof_instrument)
#   add_library(mine MODULE mine.cpp)
#   poolproof_instrument(mine)
#
# The compiler's thread sanitizer tells of each access; `poolproof` hears it in place of the sanitizer's library, which
# must not be linked. g++ and clang.
function(poolproof_instrument target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    message(FATAL_ERROR "poolproof_instrument(${target}): ${target} is an executable; "
                        "instrument the plugin (a MODULE or SHARED library) that poolproof loads")
  endif()
  get_target_property(linked ${target} LINK_OPTIONS)
  get_directory_property(linked_here LINK_OPTIONS)
  if("${CMAKE_CXX_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS} ${CMAKE_SHARED_LINKER_FLAGS} ${linked} ${linked_here}"
      MATCHES "-fsanitize=")
    message(FATAL_ERROR "poolproof_instrument(${target}): it would be linked with a sanitizer's library; "
                        "take -fsanitize= out of its flags and link options")
  endif()

  target_compile_options(${target} PRIVATE -fsanitize=thread -g)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc says of each fence that its own library does not model it; poolproof does.
    target_compile_options(${target} PRIVATE --param tsan-distinguish-volatile=1
                           -Wno-unknown-warning-option -Wno-tsan)
  else()
    target_compile_options(${target} PRIVATE "SHELL:-mllvm -tsan-distinguish-volatile")
  endif()
  if(type MATCHES "^(MODULE|SHARED)_LIBRARY$")
    # __tsan_* are found when it is loaded. Its own copies of inline functions are used, not those of `poolproof`,
    # which tell of nothing.
    target_link_options(${target} PRIVATE -Wl,-z,undefs -Wl,-Bsymbolic)
  endif()
endfunction()
