using System.Globalization;
using System.Text.RegularExpressions;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// The number of keys and arguments that a script takes, read from a line of its header: <c>Takes KEYS 3 + 6n, ARGV 10 + 3n</c>. Both parts
/// count the same <c>n</c>; <c>*</c> stands for a number that the arguments themselves give.
/// </summary>
internal sealed partial class ScriptArity
{
    private readonly string _script;
    private readonly string _takes;
    private readonly Slots _keys;
    private readonly Slots _arguments;

    private ScriptArity(string script, Match takes)
    {
        (_script, _takes) = (script, takes.Value.Trim());
        (_keys, _arguments) = (Slots.Parse(takes, "k"), Slots.Parse(takes, "a"));
    }

    /// <summary>Reads the header of a script.</summary>
    /// <param name="script">Its name.</param>
    /// <param name="text">Its text, with the header.</param>
    /// <exception cref="FormatException">The header has no such line.</exception>
    public static ScriptArity Parse(string script, string text) =>
        Line().Match(text) is { Success: true } takes
            ? new ScriptArity(script, takes)
            : throw new FormatException($"The header of {script}.lua has no line 'Takes KEYS …, ARGV …'.");

    /// <summary>Rejects a call with another number of keys or arguments.</summary>
    /// <exception cref="InvalidOperationException">The call does not fit.</exception>
    public void ThrowUnlessFits(int keys, int arguments)
    {
        if (!_keys.Fits(keys, out var n) || !_arguments.Fits(arguments, out var m) || (n >= 0 && m >= 0 && n != m))
        {
            throw new InvalidOperationException($"{_script}.lua was given {keys} keys and {arguments} arguments. {_takes}.");
        }
    }

    [GeneratedRegex(
        @"^ *Takes +KEYS (?<k0>\d+)(?: \+ (?:(?<k1>\d*)n|(?<kx>\*)))?, ARGV (?<a0>\d+)(?: \+ (?:(?<a1>\d*)n|(?<ax>\*)))?",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    // A fixed number, and a number for each of n; or any number more.
    private readonly record struct Slots(int Fixed, int Each, bool IsOpen)
    {
        public static Slots Parse(Match match, string kind) => new(
            int.Parse(match.Groups[$"{kind}0"].Value, CultureInfo.InvariantCulture),
            match.Groups[$"{kind}1"] is not { Success: true } each
                ? 0
                : each.Length == 0 ? 1 : int.Parse(each.Value, CultureInfo.InvariantCulture),
            match.Groups[$"{kind}x"].Success);

        // n: how often the stride fits; -1 if there is no stride.
        public bool Fits(int count, out int n)
        {
            var rest = count - Fixed;
            n = Each > 0 && rest >= 0 && rest % Each == 0 ? rest / Each : -1;
            return IsOpen ? rest >= 0 : Each > 0 ? n >= 0 : rest == 0;
        }
    }
}
