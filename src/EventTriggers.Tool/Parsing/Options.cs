using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Parsing;

/// <summary>Makes options whose errors say what is allowed and what was given.</summary>
internal static class Options
{
    /// <summary>
    /// An option with a text. An empty one is refused: it comes of a variable that is not set, and would select everything.
    /// </summary>
    public static Option<string?> Text(string name, string help, string description)
    {
        var option = new Option<string?>(name) { HelpName = help, Description = description };
        option.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }, ..])
            {
                result.AddError($"{result.Option.Name} must not be empty: leave it out, or give it a value.");
            }
        });
        return option;
    }

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<int?> Number(string name, int least, int most, string description) => new(name)
    {
        HelpName = "n",
        Description = description,
        CustomParser = result => Read<int?>(
            result, text => Numbers.Parse(text) is { } number && number >= least && number <= most ? number : null,
            string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}")),
    };

    public static Option<TimeSpan?> Length(string name, string description) => new(name)
    {
        HelpName = "length",
        Description = description,
        CustomParser = static result => Read(result, LengthText.Parse, LengthText.Allowed),
    };

    public static Option<MomentText?> Moment(string name, string description) => new(name)
    {
        HelpName = "moment",
        Description = description,
        CustomParser = static result => Read(result, MomentText.Parse, MomentText.Allowed),
    };

    public static Option<T?> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        var names = Enum.GetValues<T>().Select(static value => (Name: Words.Of(value), Value: value)).ToArray();
        var option = new Option<T?>(name)
        {
            HelpName = string.Join('|', names.Select(static one => one.Name)),
            Description = description,
            CustomParser = result => Read<T?>(
                result, text => names.Where(one => string.Equals(one.Name, text, StringComparison.OrdinalIgnoreCase))
                    .Select(static one => (T?)one.Value).FirstOrDefault(),
                $"one of {string.Join(", ", names.Select(static one => one.Name))}"),
        };
        option.CompletionSources.Add([.. names.Select(static one => one.Name)]);
        return option;
    }

    private static T? Read<T>(ArgumentResult result, Func<string, T?> parse, string allowed)
    {
        var text = result.Tokens[^1].Value;
        if (parse(text) is { } value)
        {
            return value;
        }

        var name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
        result.AddError($"{name} must be {allowed}, but is '{text}'.");
        return default;
    }
}
