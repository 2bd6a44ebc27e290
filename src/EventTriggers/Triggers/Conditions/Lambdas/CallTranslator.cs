using System.Linq.Expressions;
using System.Reflection;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Translates calls on single values. It knows each method by its declaring type and parameters, and rejects all others.</summary>
internal sealed class CallTranslator(JsonNames names)
{
    private readonly PathReader _paths = new(names);

    public Formula Translate(MethodCallExpression call, Scope scope, bool isNegated)
    {
        if (ContainsCall.From(call) is { } contains)
        {
            return TranslateContains(contains, call, scope, isNegated);
        }

        var arguments = call.Arguments;
        return (call.Method.DeclaringType == typeof(string), SignatureOf(call.Method)) switch
        {
            (true, "IsNullOrEmpty(String)") => TestsOf(arguments[0], scope).In([null, string.Empty], ignoresCase: false, isNegated),
            (true, "StartsWith(String)" or "StartsWith(Char)" or "StartsWith(String,StringComparison)") =>
                TranslateText(call, TextOperator.StartsWith, scope, isNegated),
            (true, "EndsWith(String)" or "EndsWith(Char)" or "EndsWith(String,StringComparison)") =>
                TranslateText(call, TextOperator.EndsWith, scope, isNegated),
            (true, "Contains(String)" or "Contains(Char)" or "Contains(String,StringComparison)" or "Contains(Char,StringComparison)") =>
                TranslateText(call, TextOperator.Contains, scope, isNegated),
            (true, "Equals(String,StringComparison)" or "Equals(String,String,StringComparison)") =>
                TranslateEquals(call, call.Object ?? arguments[0], arguments[^2], IgnoresCase(call), scope, isNegated),
            (_, "Equals(Object,Object)" or "Equals(String,String)")
                when call.Method.DeclaringType is var by && (by == typeof(object) || by == typeof(string)) =>
                TranslateEquals(call, arguments[0], arguments[1], ignoresCase: false, scope, isNegated),
            _ when call.Object is { } self && IsEquals(call.Method, PlainTypes.Below(self.Type)) =>
                TranslateEquals(call, self, arguments[0], ignoresCase: false, scope, isNegated),
            _ => throw Untranslatable.Create(call),
        };
    }

    private Formula TranslateContains(ContainsCall call, Expression part, Scope scope, bool isNegated)
    {
        if (!PathReader.LeadsFrom(scope, call.Item) || !ClosureValues.TryEvaluate(call.Collection, out _))
        {
            throw Untranslatable.Create(part);
        }

        var (own, field) = (OwnValues.Read(call, part), _paths.Read(call.Item, scope));
        var values = own.All
            .Select(value => (Has: value is null || PlainTypes.TryNarrow(value, field.PlainType, out value), Value: value))
            .Where(static one => one.Has)
            .Select(static one => one.Value);
        return new FieldTests(names.Values, field).In([.. values], own.IgnoresCase, isNegated);
    }

    private Formula TranslateText(MethodCallExpression call, TextOperator op, Scope scope, bool isNegated)
    {
        if (!PathReader.LeadsFrom(scope, call.Object!) || !ClosureValues.TryEvaluate(call.Arguments[0], out var value) || value is null)
        {
            throw Untranslatable.Create(call, "The call needs a member, and a text that is not null and does not depend on the payload");
        }

        return TestsOf(call.Object!, scope).Text(op, value.ToString()!, IgnoresCase(call), isNegated);
    }

    private Formula TranslateEquals(
        MethodCallExpression call, Expression one, Expression other, bool ignoresCase, Scope scope, bool isNegated)
    {
        var isMirrored = !PathReader.LeadsFrom(scope, one);
        var (path, against) = isMirrored ? (WithoutBox(other), one) : (WithoutBox(one), other);
        if (!PathReader.LeadsFrom(scope, path) || !ClosureValues.TryEvaluate(against, out var value))
        {
            throw Untranslatable.Create(
                call, "Equals needs a member on one side, and a value that does not depend on the payload on the other");
        }

        var field = _paths.Read(path, scope);
        var tests = new FieldTests(names.Values, field);
        if (value is null)
        {
            // The receiver of a call is not null, except for a nullable value, whose Equals works on null.
            return call.Object is null || Nullable.GetUnderlyingType(call.Object.Type) is not null ? tests.IsNull(isNegated)
                : isMirrored ? throw Untranslatable.Create(call, "The method is called on null")
                : tests.In([], ignoresCase: false, isNegated);
        }

        return value.GetType() == PlainTypes.Below(path.Type)
            ? tests.In(PlainTypes.TryNarrow(value, field.PlainType, out var narrow) ? [narrow] : [], ignoresCase, isNegated)
            : throw Untranslatable.Create(call, $"A {path.Type} never equals a {value.GetType()}. Compare values of the same type");
    }

    private FieldTests TestsOf(Expression path, Scope scope) => new(names.Values, _paths.Read(path, scope));

    private static bool IsEquals(MethodInfo method, Type type) => PlainTypes.HasEquality(type)
        && method is { Name: nameof(Equals), IsStatic: false, DeclaringType: { } declaring }
        && method.GetParameters() is [var only]
        && (only.ParameterType == typeof(object) || only.ParameterType == type)
        && (declaring == type || declaring == typeof(object) || declaring == typeof(ValueType) || declaring == typeof(Enum)
            || Nullable.GetUnderlyingType(declaring) == type);

    private static bool IgnoresCase(MethodCallExpression call)
    {
        if (call.Arguments[^1] is var last && last.Type != typeof(StringComparison))
        {
            return false;
        }

        ClosureValues.TryEvaluate(last, out var how);
        return how is StringComparison.OrdinalIgnoreCase || (how is StringComparison.Ordinal ? false
            : throw Untranslatable.Create(call, "Compare text with StringComparison.Ordinal or StringComparison.OrdinalIgnoreCase"));
    }

    private static Expression WithoutBox(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert, Method: null } box
        && (box.Type == typeof(object) || box.Type == typeof(ValueType) || box.Type == typeof(Enum))
            ? box.Operand
            : expression;

    // Used for methods of string and object only, where the short names of the parameter types are unambiguous.
    private static string SignatureOf(MethodInfo method) =>
        $"{method.Name}({string.Join(',', method.GetParameters().Select(static parameter => parameter.ParameterType.Name))})";
}
