# Mutants of our own pool: a patch each, patches/NAME.patch, which tells whose bug it was. It is applied
# to a copy, so impl/ knows nothing of it; what it changes is compiled for it alone, the rest once.
# Where it changes a header, all that includes it is compiled anew, below.
find_program(PATCH_PROGRAM patch REQUIRED)

set(SHARED_SOURCES
  backoff cancelling checkin checkout connection draw first_time hook_calls lease lendings options pool pool_class
  pool_upkeep process reports slots socket_wait status)
set(INCLUDING_sessions.hpp checkin checkout pool pool_upkeep)
set(INCLUDING_slots.hpp pool pool_upkeep slots)

function(as_mutant target)
  target_include_directories(${target} BEFORE PRIVATE ${ARGN} ${CMAKE_CURRENT_SOURCE_DIR}/without_alarms)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/impl ${PROJECT_SOURCE_DIR}/props/adapters)
  target_link_libraries(${target} PRIVATE PostgreSQL::PostgreSQL Threads::Threads)
  target_compile_options(${target} PRIVATE -O1)  # there are many, and they are broken soon
endfunction()

list(TRANSFORM SHARED_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/impl/ OUTPUT_VARIABLE sources)
list(TRANSFORM sources APPEND .cpp)
add_library(pool_without_alarms STATIC ${sources} ${PROJECT_SOURCE_DIR}/props/adapters/ours.cpp)
as_mutant(pool_without_alarms)
add_library(pool_without_alarms_plugin OBJECT ${PROJECT_SOURCE_DIR}/props/adapters/ours_plugin.cpp)
as_mutant(pool_without_alarms_plugin)

# What a patch changes, in a copy at `copy`, and the sources to be compiled for it.
function(read_patch patch copy changed compiled)
  file(STRINGS ${patch} lines REGEX "^\\+\\+\\+ b/")
  list(TRANSFORM lines REPLACE "^\\+\\+\\+ b/" "")
  set(to_compile)
  foreach(file ${lines})
    get_filename_component(name ${file} NAME)
    if(name MATCHES "cpp$")
      list(APPEND to_compile ${copy}/${file})
    elseif(DEFINED INCLUDING_${name})
      foreach(source ${INCLUDING_${name}})
        if(NOT "impl/${source}.cpp" IN_LIST lines)
          list(APPEND to_compile ${PROJECT_SOURCE_DIR}/impl/${source}.cpp)
        endif()
      endforeach()
    else()
      message(FATAL_ERROR "${patch}: say in patches.cmake who includes ${name}")
    endif()
  endforeach()
  set(${changed} ${lines} PARENT_SCOPE)
  set(${compiled} ${to_compile} PARENT_SCOPE)
endfunction()

file(STRINGS patches/catalogue.txt patched REGEX "^[a-z]")
list(TRANSFORM patched REPLACE " .*" "")
list(REMOVE_DUPLICATES patched)
foreach(mutant ${patched})
  set(patch ${CMAKE_CURRENT_SOURCE_DIR}/patches/${mutant}.patch)
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/patched/${mutant})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
  read_patch(${patch} ${copy} changed compiled)
  list(JOIN changed " " files)
  list(TRANSFORM changed PREPEND ${copy}/ OUTPUT_VARIABLE copies)
  list(TRANSFORM changed PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE originals)
  add_custom_command(OUTPUT ${copies}
    COMMAND ${CMAKE_COMMAND} -DPATCH=${patch} -DSOURCE=${PROJECT_SOURCE_DIR} -DTO=${copy} -DFILES=${files}
      -P ${CMAKE_CURRENT_SOURCE_DIR}/apply.cmake
    DEPENDS ${patch} ${originals} apply.cmake VERBATIM)
  add_library(mutant_${mutant} MODULE ${compiled} ${copies} $<TARGET_OBJECTS:pool_without_alarms_plugin>)
  as_mutant(mutant_${mutant} ${copy})
  target_link_libraries(mutant_${mutant} PRIVATE pool_without_alarms)
  target_link_options(mutant_${mutant} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/exports.map)
  set_target_properties(mutant_${mutant} PROPERTIES
    PREFIX "" OUTPUT_NAME ${mutant} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/mutants
    LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/exports.map)
  list(APPEND mutants_of_ours mutant_${mutant})
endforeach()
add_custom_target(mutants_of_our_pool DEPENDS ${mutants_of_ours})

# One command for all that is in build/mutants, those of the reference pool too.
add_test(NAME museum COMMAND poolproof_command mutants --seeds 3 --quiet)
add_test(NAME explored COMMAND ${CMAKE_COMMAND} -DPOOLPROOF=$<TARGET_FILE:poolproof_command>
  -DMUTANTS=${PROJECT_BINARY_DIR}/mutants -DLIST=${CMAKE_CURRENT_SOURCE_DIR}/explored.txt
  -P ${CMAKE_CURRENT_SOURCE_DIR}/explored.cmake)
