//! Dates and times of day, as nft writes them.

/// Days since 1970 of a date of the Gregorian calendar; months and days may run over, as in C's `mktime`.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March, so that the leap day is their last.
    let months = year * 12 + (month - 1) - 2;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The date of a day since 1970: year, month, day.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (era * 400 + year, month, day)
}

/// Reads a fixed set of decimal fields with one separator.
fn fields<const N: usize>(text: &str, separator: char) -> Option<([i64; N], usize)> {
    let mut fields = [0; N];
    let mut count = 0;
    for part in text.split(separator) {
        if part.is_empty() || part.len() > 4 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *fields.get_mut(count)? = part.parse().ok()?;
        count += 1;
    }
    Some((fields, count))
}

/// Seconds since 1970 of `YYYY-MM-DD[ HH:MM[:SS]]`. `offset` says how far local time is ahead of UTC around that time.
pub(super) fn timestamp(text: &str, offset: impl Fn(i64) -> i64) -> Option<i64> {
    let (day, time) = text.split_once(' ').map_or((text, None), |(day, time)| (day, Some(time)));
    let ([year, month, day], 3) = fields::<3>(day, '-')? else { return None };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let seconds = match time {
        None => 0,
        Some(time) => i64::from(time_of_day(time)?),
    };
    let local = days(year, month, day) * 86_400 + seconds;
    Some(local - offset(local - offset(local)))
}

/// Seconds of a day of `HH:MM[:SS]`.
pub(super) fn time_of_day(text: &str) -> Option<u32> {
    let ([hours, minutes, seconds], 2 | 3) = fields::<3>(text, ':')? else { return None };
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    u32::try_from((hours * 3600 + minutes * 60 + seconds) % 86_400).ok()
}

/// A point in local time, in seconds since 1970, as year, month, day, hour, minute, second.
pub(super) const fn civil(local: i64) -> (i64, i64, i64, i64, i64, i64) {
    let (day, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (year, month, day) = date(day);
    (year, month, day, second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        assert_eq!(timestamp("2024-06-01 12:00", |_| 0), Some(1_717_243_200));
        assert_eq!(timestamp("2024-06-31", |_| 0), timestamp("2024-07-01", |_| 0));
        assert_eq!(timestamp("2024-06-01", |_| 7200), Some(1_717_200_000 - 7200));
        assert_eq!(timestamp("2024-6", |_| 0), None);
        assert_eq!(civil(1_717_243_230), (2024, 6, 1, 12, 0, 30));
        assert_eq!(civil(-1), (1969, 12, 31, 23, 59, 59));
        for day in (-200_000..200_000).step_by(37) {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn time_of_day_like_nft() {
        assert_eq!(time_of_day("8:5"), Some(29_100));
        assert_eq!(time_of_day("23:59:60"), Some(0));
        assert_eq!(time_of_day("24:00"), None);
    }
}
