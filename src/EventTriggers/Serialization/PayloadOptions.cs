using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>How payloads are written: with web defaults, read strictly, but for what source-generated contexts say otherwise.</summary>
internal static class PayloadOptions
{
    private static readonly JsonSerializerOptions Unset = new();

    private static readonly Setting[] Settings =
    [
        Setting.Of(static options => options.AllowOutOfOrderMetadataProperties, static (options, value) => options.AllowOutOfOrderMetadataProperties = value),
        Setting.Of(static options => options.AllowTrailingCommas, static (options, value) => options.AllowTrailingCommas = value),
        Setting.Of(static options => options.AllowDuplicateProperties, static (options, value) => options.AllowDuplicateProperties = value),
        Setting.Of(static options => options.DefaultIgnoreCondition, static (options, value) => options.DefaultIgnoreCondition = value),
        Setting.Of(static options => options.DictionaryKeyPolicy, static (options, value) => options.DictionaryKeyPolicy = value),
        Setting.Of(static options => options.Encoder, static (options, value) => options.Encoder = value),
        Setting.Of(static options => options.IgnoreReadOnlyFields, static (options, value) => options.IgnoreReadOnlyFields = value),
        Setting.Of(static options => options.IgnoreReadOnlyProperties, static (options, value) => options.IgnoreReadOnlyProperties = value),
        Setting.Of(static options => options.IncludeFields, static (options, value) => options.IncludeFields = value),
        Setting.Of(static options => options.NumberHandling, static (options, value) => options.NumberHandling = value),
        Setting.Of(static options => options.PreferredObjectCreationHandling, static (options, value) => options.PreferredObjectCreationHandling = value),
        Setting.Of(static options => options.PropertyNamingPolicy, static (options, value) => options.PropertyNamingPolicy = value),
        Setting.Of(static options => options.ReadCommentHandling, static (options, value) => options.ReadCommentHandling = value),
        Setting.Of(static options => options.ReferenceHandler, static (options, value) => options.ReferenceHandler = value),
        Setting.Of(static options => options.RespectNullableAnnotations, static (options, value) => options.RespectNullableAnnotations = value),
        Setting.Of(static options => options.RespectRequiredConstructorParameters, static (options, value) => options.RespectRequiredConstructorParameters = value),
        Setting.Of(static options => options.UnknownTypeHandling, static (options, value) => options.UnknownTypeHandling = value),
        Setting.Of(static options => options.UnmappedMemberHandling, static (options, value) => options.UnmappedMemberHandling = value),
    ];

    /// <summary>Makes the options of what is known of payload types.</summary>
    /// <exception cref="InvalidOperationException">Two contexts say otherwise of the same thing.</exception>
    public static JsonSerializerOptions Of(IEnumerable<IJsonTypeInfoResolver> resolvers)
    {
        // MaxDepth stays at its default, 64: a deeper document is refused, not a stack overflow. What the type requires must be there: an event of
        // another shape becomes a dead letter that says so, instead of a payload of nulls and defaults.
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            TypeInfoResolver = JsonTypeInfoResolver.Combine([.. resolvers]),
        };
        var said = new Dictionary<Setting, JsonSerializerContext>();
        foreach (var context in resolvers.SelectMany(Flat).OfType<JsonSerializerContext>().Distinct())
        {
            foreach (var setting in Settings.Where(setting => !setting.IsSame(context.Options, Unset)))
            {
                if (said.TryGetValue(setting, out var other) && !setting.IsSame(context.Options, other.Options))
                {
                    throw new InvalidOperationException(
                        $"{other.GetType()} and {context.GetType()} write payloads in different ways ({setting.Describe(other.Options)}, {setting.Describe(context.Options)}): give all contexts the same [JsonSourceGenerationOptions], or register an {nameof(IEventSerializer)}.");
                }

                said[setting] = context;
                setting.Copy(context.Options, options);
            }

            foreach (var converter in context.Options.Converters.Where(converter => !options.Converters.Contains(converter)))
            {
                options.Converters.Add(converter);
            }
        }

        return options;
    }

    // Several that were combined are a list.
    private static IEnumerable<IJsonTypeInfoResolver> Flat(IJsonTypeInfoResolver resolver) =>
        resolver is IEnumerable<IJsonTypeInfoResolver> chain ? chain.SelectMany(Flat) : [resolver];

    /// <summary>One of the options.</summary>
    private sealed record Setting(Func<JsonSerializerOptions, object?> Get, Action<JsonSerializerOptions, JsonSerializerOptions> Copy)
    {
        public static Setting Of<T>(Func<JsonSerializerOptions, T> get, Action<JsonSerializerOptions, T> set) => new(options => get(options), (from, to) => set(to, get(from)));

        public bool IsSame(JsonSerializerOptions one, JsonSerializerOptions other) => Equals(Get(one), Get(other));

        public string Describe(JsonSerializerOptions options) => Get(options)?.ToString() ?? "null";
    }
}
