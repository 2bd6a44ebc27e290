using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Text.Json;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Translates a lambda over a payload to a pattern that matches exactly the events for which the lambda holds. The translator knows the
/// meaning of each kind of node, method and conversion that it accepts, and rejects all others.
/// </summary>
internal sealed class LambdaTranslator
{
    private readonly JsonNames _names;
    private readonly FieldTranslator _fields;
    private readonly PathReader _paths;
    private int _calls;

    private LambdaTranslator(JsonSerializerOptions options)
    {
        _names = JsonNames.For(options);
        (_fields, _paths) = (new FieldTranslator(_names), new PathReader(_names));
    }

    /// <exception cref="NotSupportedException">A pattern cannot express a part of the lambda. The message names the part.</exception>
    public static EventPattern Translate(IReadOnlyList<LambdaExpression> conditions, JsonSerializerOptions options)
    {
        var translator = new LambdaTranslator(options);
        var formula = conditions.Aggregate(
            Formula.Always,
            (all, condition) => all.And(translator.Translate(condition.Body, RootOf(condition), isNegated: false)));
        return formula.Alternatives switch
        {
            [] => throw new NotSupportedException($"'{TextOf(conditions)}' never holds."),
            _ when formula.Alternatives.Any(static alternative => alternative.Fields.Count == 0) =>
                throw new NotSupportedException($"'{TextOf(conditions)}' always holds; leave Where out."),
            _ => Parse(PatternWriter.Write(formula), conditions),
        };
    }

    /// <summary>Gets the names that lead to the member that a lambda selects.</summary>
    /// <exception cref="NotSupportedException">
    /// The lambda does not select a member, or equal values of the member may be written differently.
    /// </exception>
    public static string[] NamesOf(LambdaExpression member, JsonSerializerOptions options)
    {
        var body = member.Body is UnaryExpression { NodeType: ExpressionType.Convert, Method: null } box && box.Type == typeof(object)
            ? box.Operand
            : member.Body;
        var paths = new LambdaTranslator(options)._paths;
        var field = Untranslatable.NamePart(member.Body, () => paths.Read(body, RootOf(member)));
        return field.Name.Path.Length > 0 && JsonValues.AreWrittenAlike(field) && field.PlainType != typeof(bool)
            ? field.Name.Names
            : throw Untranslatable.Create(
                member.Body,
                "A key must be a member that is a string, a number, an enum, a character, or a "
                + $"{nameof(Guid)}, {nameof(DateOnly)}, {nameof(TimeOnly)} or {nameof(TimeSpan)}");
    }

    private static Scope RootOf(LambdaExpression lambda) =>
        new(lambda.Parameters[0], new PayloadField(FieldName.Root, lambda.Parameters[0].Type));

    private static string TextOf(IEnumerable<LambdaExpression> conditions) =>
        Excerpt.Of(string.Join(" && ", conditions.Select(static condition => Untranslatable.TextOf(condition.Body))));

    private static EventPattern Parse(string json, IEnumerable<LambdaExpression> conditions)
    {
        try
        {
            return EventPattern.Parse(json);
        }
        catch (ArgumentException e)
        {
            throw new NotSupportedException($"'{TextOf(conditions)}' is too large for one pattern: {Failures.MessageOf(e)}", e);
        }
    }

    private Formula Translate(Expression expression, Scope scope, bool isNegated)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new NotSupportedException("The condition is nested too deeply to be translated to a pattern.");
        }

        return expression switch
        {
            UnaryExpression { NodeType: ExpressionType.Not, Method: null } not when IsBoolean(not) =>
                Translate(not.Operand, scope, !isNegated),
            BinaryExpression { NodeType: ExpressionType.AndAlso or ExpressionType.And, Method: null } both when IsBoolean(both) =>
                Combine(both, scope, isNegated, isAnd: !isNegated),
            BinaryExpression { NodeType: ExpressionType.OrElse or ExpressionType.Or, Method: null } either when IsBoolean(either) =>
                Combine(either, scope, isNegated, isAnd: isNegated),
            _ when ClosureValues.TryEvaluate(expression, out var value) => TranslateConstant(expression, value, isNegated),
            BinaryExpression { NodeType: ExpressionType.Equal or ExpressionType.NotEqual, Method: null } test
                when ComparisonWithBoolean(test) is var (of, expected) =>
                Translate(of, scope, isNegated != (expected == (test.NodeType == ExpressionType.NotEqual))),
            MethodCallExpression call when AnyCall(call) is { } any =>
                Untranslatable.NamePart(call, () => TranslateAny(any.Collection, any.Test, scope, isNegated, call)),
            MethodCallExpression call when ContainsCall.From(call) is { } contains && PathReader.LeadsFrom(scope, contains.Collection) =>
                Untranslatable.NamePart(call, () => TranslateElement(contains, scope, isNegated, call)),
            _ => Untranslatable.NamePart(expression, () => _fields.Translate(expression, scope, isNegated)),
        };
    }

    private static Formula TranslateConstant(Expression expression, object? value, bool isNegated) => value is bool holds
        ? holds != isNegated ? Formula.Always : Formula.Never
        : throw Untranslatable.Create(expression);

    private Formula Combine(BinaryExpression expression, Scope scope, bool isNegated, bool isAnd)
    {
        var (left, right) = (Translate(expression.Left, scope, isNegated), Translate(expression.Right, scope, isNegated));
        return isAnd ? left.And(right) : left.Or(right);
    }

    // A pattern cannot express that no element passes.
    private Formula TranslateAny(Expression collection, LambdaExpression test, Scope scope, bool isNegated, Expression call)
    {
        if (isNegated || !PathReader.LeadsFrom(scope, collection))
        {
            throw Untranslatable.Create(isNegated ? Expression.Not(call) : call);
        }

        var element = ElementOf(_paths.ReadCollection(collection, scope), test.Parameters[0].Type, call);
        var formula = Translate(test.Body, new Scope(test.Parameters[0], element), isNegated: false);
        return formula.RequiresElement(element.Name)
            ? formula
            : throw Untranslatable.Create(
                call,
                "The test may hold for an element that has none of the tested members, "
                + "and a pattern cannot require that an element exists");
    }

    private Formula TranslateElement(ContainsCall contains, Scope scope, bool isNegated, Expression call)
    {
        object? comparer = null;
        if (isNegated
            || !ClosureValues.TryEvaluate(contains.Item, out var value)
            || (contains.Comparer is not null && !ClosureValues.TryEvaluate(contains.Comparer, out comparer)))
        {
            throw Untranslatable.Create(isNegated ? Expression.Not(call) : call);
        }

        if (value is null && contains.IsOfSpan)
        {
            throw Untranslatable.Create(
                call, "A null array does not contain null, but a pattern cannot distinguish the two. Use Any(x => x == null)");
        }

        var collection = _paths.ReadCollection(contains.Collection, scope);
        var element = ElementOf(collection, contains.Type, call);
        if (contains.UsesOwnEquality
            && !ContainsCall.IsKnownInPayload(collection.Type)
            && !(ContainsCall.IsSetInPayload(collection.Type) && !collection.IsAddedTo))
        {
            throw Untranslatable.Create(call, $"The comparer of {collection.Type} is not known");
        }

        return new FieldTests(_names.Values, element).In([value], OwnValues.IgnoresCaseBy(comparer, call), isNegated: false);
    }

    private PayloadField ElementOf(PayloadField collection, Type element, Expression call) =>
        _names.ElementOf(collection, element, ++_calls)
        ?? throw Untranslatable.Create(call, $"{collection.Type} is not written as a JSON array of {element}");

    private static bool IsBoolean(Expression expression) => expression.Type == typeof(bool);

    /// <summary>Gets the expression that a test compares with true or false; <see langword="null"/> for another test.</summary>
    private static (Expression Of, bool Expected)? ComparisonWithBoolean(BinaryExpression test) =>
        !IsBoolean(test.Left) || !IsBoolean(test.Right) ? null
        : ClosureValues.TryEvaluate(test.Right, out var right) ? (test.Left, (bool)right!)
        : ClosureValues.TryEvaluate(test.Left, out var left) ? (test.Right, (bool)left!)
        : null;

    private static (Expression Collection, LambdaExpression Test)? AnyCall(MethodCallExpression call) =>
        call.Method.Name == nameof(Enumerable.Any)
        && (call.Method.DeclaringType == typeof(Enumerable) || call.Method.DeclaringType == typeof(ImmutableArrayExtensions))
        && call.Arguments is [var collection, LambdaExpression test]
            ? (collection, test)
            : null;
}
