using System.Linq.Expressions;
using System.Text;
using System.Text.Json;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>A condition, and what the judge says of each payload.</summary>
internal sealed record Case(LambdaExpression Condition, bool?[] Holds);

/// <summary>Lambdas over one type of payloads, in one way to serialize it.</summary>
internal sealed class Cases<T>
{
    private static readonly (Expression<Func<T, bool>> Condition, Func<T, bool> Judge)[] Compiled =
        [
            .. new[] { PromisedLeaves.All, OtherLeaves.All }.SelectMany(static leaves => leaves).Select(Over)
                .OfType<Expression<Func<T, bool>>>().Select(static leaf => (leaf, Judge.Compile(leaf))),
        ];

    private static readonly int Promised = PromisedLeaves.All.Select(Over).Count(static leaf => leaf is not null);

    private readonly Variant _variant;
    private readonly byte[][] _json;

    public Cases(Variant variant, Payloads payloads, int count)
    {
        _variant = variant;
        var all = Enumerable.Range(0, 10 * count).Select(_ => TryRoundTrip(Payloads.As<T>(payloads.Next()))).OfType<(byte[] Json, T Read)>()
            .Take(count).ToArray();
        _json = Array.ConvertAll(all, static one => one.Json);
        Leaves = Array.ConvertAll(Compiled, leaf => new Case(leaf.Condition, Array.ConvertAll(all, one => Holds(leaf.Judge, one.Read))));
    }

    public IReadOnlyList<Case> Leaves { get; }

    /// <summary>Translates a condition, and compares what the pattern matches with what the judge says.</summary>
    public void Compare(Case one, WhereDifferentialTests.Count count)
    {
        var (pattern, _) = WhereDifferentialTests.TryTranslate(one.Condition, _variant.Options);
        if (pattern is null)
        {
            count.Refused++;
            return;
        }

        count.Translated++;
        for (var i = 0; i < _json.Length; i++)
        {
            if (one.Holds[i] is { } holds && ++count.Compared > 0 && pattern.IsMatch(_json[i]) != holds)
            {
                count.Wrong.TryAdd(
                    one.Condition.ToString(),
                    $"{_variant}, {typeof(T).Name}: {one.Condition} is {pattern}, and should be {holds} of "
                    + $"{Encoding.UTF8.GetString(_json[i])}");
                return;
            }
        }
    }

    /// <summary>Joins some leaves with &amp;&amp;, || and !.</summary>
    public Case Combine(Random random, int depth)
    {
        var kind = depth == 0 ? 0 : random.Next(6);
        if (kind < 2)
        {
            return Leaves[random.Next(random.Next(8) > 0 ? Promised : Leaves.Count)];
        }

        var one = Combine(random, depth - 1);
        if (kind == 5)
        {
            return new(
                Expression.Lambda(
                    Expression.Not(one.Condition.Body), one.Condition.Parameters), Array.ConvertAll(one.Holds, static holds => !holds));
        }

        var other = Combine(random, depth - 1);
        var body = new Replacer(other.Condition.Parameters[0], one.Condition.Parameters[0]).Visit(other.Condition.Body);
        return kind == 4
            ? new(
                Expression.Lambda(
                    Expression.OrElse(one.Condition.Body, body), one.Condition.Parameters), [
                        .. one.Holds.Zip(other.Holds, static (left, right) => left | right),
                    ])
            : new(
                Expression.Lambda(
                    Expression.AndAlso(one.Condition.Body, body), one.Condition.Parameters), [
                        .. one.Holds.Zip(other.Holds, static (left, right) => left & right),
                    ]);
    }

    private (byte[] Json, T Read)? TryRoundTrip(T payload)
    {
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(payload, _variant.Options);
            return (json, JsonSerializer.Deserialize<T>(json, _variant.Options)!);
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            // NaN, for which this way has no words, or null where a member is required.
            return null;
        }
    }

    // What a lambda means that throws, nobody says.
    private static bool? Holds(Func<T, bool> judge, T payload)
    {
        try
        {
            return judge(payload);
        }
        catch (Exception e) when (e is NullReferenceException or InvalidCastException or InvalidOperationException or ArgumentException
            or OverflowException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    // The same lambda over a payload type that has members of the same names and types.
    private static Expression<Func<T, bool>>? Over(Expression<Func<Facts, bool>> leaf)
    {
        if (leaf is Expression<Func<T, bool>> same)
        {
            return same;
        }

        var replacer = new Replacer(leaf.Parameters[0], Expression.Parameter(typeof(T), "f"));
        try
        {
            return Expression.Lambda<Func<T, bool>>(replacer.Visit(leaf.Body), (ParameterExpression)replacer.To);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed class Replacer(ParameterExpression from, Expression to) : ExpressionVisitor
    {
        public Expression To => to;

        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;

        protected override Expression VisitMember(MemberExpression node) => node.Expression == from && to.Type != from.Type
            ? Expression.PropertyOrField(to, node.Member.Name)
            : base.VisitMember(node);
    }
}
