#pragma once
// The bounds of schedules, each with its reason (I10); beside runtime/limits.hpp.

#include <cstddef>
#include <cstdint>

namespace ropewalk::limits {

inline constexpr std::size_t schedule_crons = 16;          // expressions of one schedule; each is searched at a wake
inline constexpr std::size_t cron_bytes = 256;             // of one expression: a list of all 60 minutes fits
inline constexpr std::size_t schedule_bytes = 256 << 10;   // its specification, in every snapshot of it
inline constexpr std::size_t schedule_buffer = 1000;       // starts that wait for the one before
inline constexpr std::size_t schedule_running = 1000;      // instances of one schedule at once
inline constexpr std::size_t schedule_backfill = 500;      // times of one backfill: each may be a start
inline constexpr std::size_t schedule_starts_a_wake = 500; // what is left follows in the next
inline constexpr std::uint64_t schedule_missed_a_wake = 10'000; // times that are counted as missed in one event
inline constexpr std::size_t schedule_recent = 10;              // starts that are shown after they ended
inline constexpr std::size_t schedule_shown = 50;               // of its running and its waiting starts, in one reply
inline constexpr std::uint32_t schedule_next = 5;               // times that are shown before they come
inline constexpr std::uint32_t schedule_next_max = 100;         // if more are asked for: each is a search
inline constexpr std::size_t schedule_latest = 3;               // starts of each schedule in a list
inline constexpr std::size_t time_zone_bytes = 64 << 10;        // a TZif file; real ones have at most 4 KiB

} // namespace ropewalk::limits
