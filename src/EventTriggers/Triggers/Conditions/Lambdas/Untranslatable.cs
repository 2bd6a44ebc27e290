using System.Globalization;
using System.Linq.Expressions;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Creates the exceptions for lambdas that a pattern cannot express.</summary>
internal static class Untranslatable
{
    private const int MaxPartLength = 200;

    /// <summary>Creates the exception for a part of a lambda that the translator does not know.</summary>
    public static NotSupportedException Create(Expression part) => Create(
        part,
        "A condition can compare members with values, and use &&, ||, !, StartsWith, EndsWith, Contains, Equals, string.IsNullOrEmpty, "
        + "and Any on collections");

    /// <summary>Translates a part of a lambda, and names the part if a pattern cannot express it.</summary>
    public static T NamePart<T>(Expression part, Func<T> translate)
    {
        try
        {
            return translate();
        }
        catch (UnknownPartException e)
        {
            throw Create(part, Failures.MessageOf(e), e.InnerException);
        }
    }

    /// <summary>Creates the exception for a part of a lambda, with the reason or the remedy.</summary>
    public static NotSupportedException Create(Expression part, string why, Exception? inner = null) => new(
        $"'{Excerpt.Of(TextOf(part), MaxPartLength)}' cannot be translated to a pattern. {why.TrimEnd('.')}. "
        + "Otherwise use Matching with a pattern, or check the rest in the handler.",
        inner);

    /// <summary>Gets the text of an expression, the same in every culture. Its constants are written in the current culture.</summary>
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
