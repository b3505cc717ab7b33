# Compiler cache, linker, warnings and sanitizers: the same for every target.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers only hit the cache with these sloppiness settings.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

add_library(ropewalk_options INTERFACE)
target_compile_options(ropewalk_options INTERFACE -Wall -Wextra -Wpedantic)
if(NOT ROPEWALK_SANITIZE)
  # Not under the sanitizers: their instrumentation makes g++ 12 warn inside the standard library.
  target_compile_options(ropewalk_options INTERFACE -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False positives of g++ 12 where it inlines std::string (GCC bugs 105329 and 105651): shown, not fatal.
    target_compile_options(ropewalk_options INTERFACE -Wno-error=array-bounds -Wno-error=restrict -Wno-error=stringop-overflow)
  endif()
endif()
if(ROPEWALK_FAILPOINTS)
  target_compile_definitions(ropewalk_options INTERFACE ROPEWALK_FAILPOINTS)
endif()
target_include_directories(ropewalk_options INTERFACE "${PROJECT_SOURCE_DIR}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(ropewalk_options INTERFACE -fpch-preprocess)
endif()
if(ROPEWALK_SANITIZE)
  # null: CAF and libstdc++ headers bind null references on purpose.
  set(ROPEWALK_NOT_SANITIZED "null" CACHE STRING "checks of UndefinedBehaviorSanitizer that are left out")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=${ROPEWALK_NOT_SANITIZED} -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# With ROPEWALK_UNITY so many files are compiled as one: what they include costs more than they do themselves. Larger
# pieces gain little more, take more than a gigabyte of memory each, and leave a core idle at the end.
set(ROPEWALK_UNITY_BATCH 16)

# ropewalk_library(name [FUZZED] [APART file...]): a static library of the folder's .cpp files.
# FUZZED: libFuzzer sees which of its branches an input reaches. APART names those that share a name with another file's
# unnamed namespace, and are compiled alone.
function(ropewalk_library name)
  cmake_parse_arguments(arg "FUZZED" "" "APART" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES UNITY_BUILD "${ROPEWALK_UNITY}" UNITY_BUILD_BATCH_SIZE ${ROPEWALK_UNITY_BATCH})
  set_source_files_properties(${arg_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${name} PUBLIC ropewalk_options)
  if(arg_FUZZED AND ROPEWALK_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()
