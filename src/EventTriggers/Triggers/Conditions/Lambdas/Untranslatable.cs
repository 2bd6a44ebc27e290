using System.Globalization;
using System.Linq.Expressions;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Makes the errors of lambdas that no pattern says.</summary>
internal static class Untranslatable
{
    private const int LongestPart = 200;

    /// <summary>Refuses a part of a lambda that is none of the known ones.</summary>
    public static NotSupportedException Of(Expression part) => Of(
        part, "It can compare members with values, and use &&, ||, !, StartsWith, EndsWith, Contains, Equals, string.IsNullOrEmpty, and Any on collections");

    /// <summary>Translates a part of a lambda, and names it where it is about what no pattern says.</summary>
    public static T Name<T>(Expression part, Func<T> translate)
    {
        try
        {
            return translate();
        }
        catch (UnknownPartException e)
        {
            throw Of(part, Failures.MessageOf(e), e.InnerException);
        }
    }

    /// <summary>Refuses a part of a lambda, and says why or what to do.</summary>
    public static NotSupportedException Of(Expression part, string why, Exception? inner = null) =>
        new($"'{Excerpt.Of(TextOf(part), LongestPart)}' cannot be translated to a pattern. {why.TrimEnd('.')}. Use Matching with a pattern otherwise, or let the handler look at the rest.", inner);

    /// <summary>Gets what an expression looks like, the same in each culture: its constants are written by the current one.</summary>
    public static string TextOf(Expression part)
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            return part.ToString();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
