//! Local time, as `meta hour` and `meta time` write it.

use crate::environment::Environment;

const DAY: i64 = 86_400;
const NANOSECONDS: i64 = 1_000_000_000;

/// `12:00` or `12:00:30` of local time, as seconds of the day in UTC.
pub(super) fn hour(text: &str, environment: &dyn Environment) -> Option<i64> {
    let seconds = seconds_of_day(text)?;
    Some((seconds - environment.utc_offset(0)).rem_euclid(DAY))
}

/// `2024-06-01`, `2024-06-01 12:00` or `2024-06-01 12:00:30` of local time, as nanoseconds since 1970.
pub(super) fn timestamp(text: &str, environment: &dyn Environment) -> Option<i64> {
    let (date, time) = text.split_once([' ', 'T']).map_or((text, None), |(date, time)| (date, Some(time)));
    let mut numbers = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1900..=2_500).contains(&year) {
        return None;
    }
    let local = days_since_1970(year, month, day) * DAY + time.map_or(Some(0), seconds_of_day)?;
    // The offset is that of the moment: asked for as if local time were UTC, then once more where that leads.
    let guess = local - environment.utc_offset(local);
    (local - environment.utc_offset(guess)).checked_mul(NANOSECONDS)
}

fn seconds_of_day(text: &str) -> Option<i64> {
    let mut seconds = 0;
    let mut parts = text.split(':');
    for (unit, limit, needed) in [(3600, 24, true), (60, 60, true), (1, 60, false)] {
        let Some(part) = parts.next() else {
            if needed {
                return None;
            }
            break;
        };
        let number = part.parse::<i64>().ok().filter(|number| (0..limit).contains(number))?;
        seconds += number * unit;
    }
    parts.next().is_none().then_some(seconds)
}

/// Days from 1970-01-01 to that date of the Gregorian calendar; a year is counted from March, so that a leap day is its last.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::{hour, timestamp};
    use crate::environment::{Environment, NoEnvironment};

    struct East;

    impl Environment for East {
        fn utc_offset(&self, _: i64) -> i64 {
            7200
        }
    }

    #[test]
    fn times_of_day() {
        assert_eq!(hour("12:00:01", &NoEnvironment), Some(0xa8c1));
        assert_eq!(hour("01:00", &East), Some(23 * 3600));
        assert_eq!(hour("24:00", &NoEnvironment), None);
        assert_eq!(hour("12", &NoEnvironment), None);
    }

    #[test]
    fn points_in_time() {
        assert_eq!(timestamp("2024-06-01 12:00", &NoEnvironment), Some(0x17d4_df97_90f4_8000));
        assert_eq!(timestamp("2024-06-01 12:00:09", &NoEnvironment), Some(0x17d4_df99_a965_9a00));
        assert_eq!(timestamp("2024-06-01 14:00", &East), Some(0x17d4_df97_90f4_8000));
        assert_eq!(timestamp("1970-01-01", &NoEnvironment), Some(0));
        assert_eq!(timestamp("2024-13-01", &NoEnvironment), None);
    }
}
