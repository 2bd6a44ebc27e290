namespace EventTriggers.Tests.Limits;

public sealed class TriggerLimitTests
{
    private static readonly TimeSpan Ms = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);
    private static readonly TriggerOn Rule = Trigger.On("x");

    private static readonly Dictionary<string, Action<TimeSpan>> Spans = new(StringComparer.Ordinal)
    {
        ["Within"] = static span => Rule.Count(2).Within(span),
        ["Then"] = static span => Rule.FollowedBy("y").Within(span),
        ["Without"] = static span => Rule.NotFollowedBy("y").Within(span),
        ["Debounce"] = static span => Rule.Debounce(span),
        ["MaxWait"] = static span => Rule.Debounce(span, span),
        ["Throttle"] = static span => Rule.AtMost(1, span),
        ["Distinct"] = static span => Rule.DistinctBy("id", span),
    };

    public static TheoryData<string> AllSpans => [.. Spans.Keys];

    [Fact]
    public void Tagged_BeyondSixteen_IsRefused()
    {
        var tag = static (int count) => Trigger.After(default).Tagged([.. Enumerable.Range(0, count).Select(static n => $"t{n}")]);

        tag.Invoking(static call => call(16)).Should().NotThrow();
        tag.Invoking(static call => call(17)).Should().Throw<ArgumentException>().WithMessage("*at most 16 tags*has 17*");
        tag(16).Invoking(static trigger => trigger.Tagged("t3")).Should().NotThrow("it has that tag already");
        tag(16).Invoking(static trigger => trigger.Tagged("t16")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Jitter_BeyondADay_IsRefused()
    {
        var jitter = static (TimeSpan most) => Trigger.Cron("@daily").Jitter(most);

        jitter.Invoking(static call => call(TimeSpan.FromDays(1))).Should().NotThrow();
        jitter.Invoking(static call => call(TimeSpan.FromDays(1) + Ms)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*1.00:00:00.0010000*");
        jitter.Invoking(static call => call(-Ms)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Except_BeyondFourHundredDates_IsRefused()
    {
        var except = static (int count) => Trigger.Cron("@daily")
            .ExceptOn([.. Enumerable.Range(1, count).Select(static n => DateOnly.FromDayNumber(n))]);

        except.Invoking(static call => call(400)).Should().NotThrow();
        except.Invoking(static call => call(401)).Should().Throw<ArgumentException>().WithMessage("*at most 400 dates*401*");
    }

    [Fact]
    public void OverTime_OutsideItsRange_IsRefused()
    {
        Rule.Invoking(static rule => rule.Count(1)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*between 2 and 1000, but is 1*");
        Rule.Invoking(static rule => rule.Count(2)).Should().NotThrow();
        Rule.Invoking(static rule => rule.Count(1000)).Should().NotThrow();
        Rule.Invoking(static rule => rule.Count(1001)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*but is 1001*");
        Rule.Invoking(static rule => rule.AtMost(0, Ms)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*between 1 and 1000, but is 0*");
        Rule.Invoking(static rule => rule.AtMost(1000, Ms)).Should().NotThrow();
        Rule.Invoking(static rule => rule.AtMost(1001, Ms)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*but is 1001*");
    }

    [Fact]
    public void Per_OfAThousandAndOneCharacters_IsRefused()
    {
        Action<string>[] calls =
        [
            static path => Rule.Per(path), static path => Rule.DistinctBy(path, Ms),
            static path => Rule.FollowedBy("y", next => next.Per(path))
                .Within(Ms),
        ];

        foreach (var call in calls)
        {
            call.Invoking(static of => of(new string('x', 1000))).Should().NotThrow();
            call.Invoking(static of => of(new string('x', 1001))).Should().Throw<ArgumentException>()
                .WithMessage("*at most 1000 characters*have 1001*");
        }
    }

    [Theory]
    [MemberData(nameof(AllSpans))]
    public void OverTime_OfASpan_TakesAMillisecondToThirtyDays(string rule)
    {
        var call = Spans[rule];

        call.Invoking(static of => of(Ms)).Should().NotThrow();
        call.Invoking(static of => of(Longest)).Should().NotThrow();
        call.Invoking(static of => of(TimeSpan.Zero)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*Must be between 00:00:00.0010000 and 30.00:00:00, but is 00:00:00*");
        call.Invoking(static of => of(Longest + Ms)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*between 00:00:00.0010000 and 30.00:00:00*");
    }
}
