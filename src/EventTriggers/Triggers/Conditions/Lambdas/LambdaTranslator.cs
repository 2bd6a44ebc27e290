using System.Linq.Expressions;
using System.Text.Json;

namespace EventTriggers;

/// <summary>Translates a lambda over a payload to a pattern that matches exactly where the lambda holds.</summary>
internal sealed class LambdaTranslator
{
    private readonly FieldTranslator _fields;
    private int _calls;

    private LambdaTranslator(JsonSerializerOptions options) => _fields = new FieldTranslator(new JsonNames(options));

    /// <exception cref="NotSupportedException">No pattern says what the lambda says; the message names the part.</exception>
    public static EventPattern Translate(IReadOnlyList<LambdaExpression> conditions, JsonSerializerOptions options)
    {
        var translator = new LambdaTranslator(options);
        var formula = conditions.Aggregate(
            Formula.Always, (all, condition) => all.And(translator.Translate(condition.Body, new Scope(condition.Parameters[0], FieldName.Root), isNegated: false)));
        var text = string.Join(" && ", conditions.Select(static condition => condition.Body));
        return formula.Alternatives switch
        {
            [] => throw new NotSupportedException($"'{text}' never holds."),
            _ when formula.Alternatives.Any(static alternative => alternative.Fields.Count == 0) => throw new NotSupportedException($"'{text}' always holds; leave Where out."),
            _ => EventPattern.Parse(PatternWriter.Write(formula)),
        };
    }

    /// <summary>Gets the names that lead to the member which a lambda names.</summary>
    /// <exception cref="NotSupportedException">It does something else.</exception>
    public static string[] NamesOf(LambdaExpression member, JsonSerializerOptions options)
    {
        var field = new LambdaTranslator(options)._fields.NameOf(member.Body, new Scope(member.Parameters[0], FieldName.Root));
        return field.Path.Length > 0 ? field.Names : throw Refuse(member.Body);
    }

    /// <summary>Makes the refusal of a part.</summary>
    public static NotSupportedException Refuse(Expression part) => new(
        $"'{part}' cannot be translated to a pattern. Use comparisons of members with values, &&, ||, !, StartsWith, EndsWith, Equals, Contains, and Any on collections; or Matching with a pattern.");

    private Formula Translate(Expression expression, Scope scope, bool isNegated) => expression switch
    {
        UnaryExpression { NodeType: ExpressionType.Not } not => Translate(not.Operand, scope, !isNegated),
        UnaryExpression { NodeType: ExpressionType.Convert } convert when convert.Type == typeof(bool) => Translate(convert.Operand, scope, isNegated),
        BinaryExpression { NodeType: ExpressionType.AndAlso or ExpressionType.And } both => Combine(both, scope, isNegated, isAnd: !isNegated),
        BinaryExpression { NodeType: ExpressionType.OrElse or ExpressionType.Or } either => Combine(either, scope, isNegated, isAnd: isNegated),
        _ when Values.TryEvaluate(expression, out var value) => (bool)value! != isNegated ? Formula.Always : Formula.Never,
        MethodCallExpression call when AnyOf(call) is { } any => TranslateAny(any.Collection, any.Test, scope, isNegated, call),
        MethodCallExpression call when ContainsOf(call) is { } contains && scope.Names(contains.Collection) => TranslateElement(contains.Collection, contains.Item, scope, isNegated, call),
        _ => _fields.Translate(expression, scope, isNegated),
    };

    private Formula Combine(BinaryExpression expression, Scope scope, bool isNegated, bool isAnd)
    {
        var (left, right) = (Translate(expression.Left, scope, isNegated), Translate(expression.Right, scope, isNegated));
        return isAnd ? left.And(right) : left.Or(right);
    }

    // That no element passes is nothing that a pattern says.
    private Formula TranslateAny(Expression collection, LambdaExpression test, Scope scope, bool isNegated, Expression call)
    {
        if (isNegated || !scope.Names(collection))
        {
            throw Refuse(isNegated ? Expression.Not(call) : call);
        }

        return Translate(test.Body, new Scope(test.Parameters[0], _fields.NameOf(collection, scope).Enter(++_calls)), isNegated: false);
    }

    private Formula TranslateElement(Expression collection, Expression item, Scope scope, bool isNegated, Expression call)
    {
        if (isNegated || !Values.TryEvaluate(item, out var value))
        {
            throw Refuse(isNegated ? Expression.Not(call) : call);
        }

        return _fields.Element(_fields.NameOf(collection, scope).Enter(++_calls), value);
    }

    private static (Expression Collection, LambdaExpression Test)? AnyOf(MethodCallExpression call) =>
        call.Method.Name == nameof(Enumerable.Any) && call.Method.DeclaringType == typeof(Enumerable) && call.Arguments is [var collection, LambdaExpression test]
            ? (collection, test)
            : null;

    /// <summary>Gets what a call asks whether it is in what: <c>collection.Contains(item)</c>, however the compiler binds it.</summary>
    public static (Expression Collection, Expression Item)? ContainsOf(MethodCallExpression call) => (call.Method.Name, call.Object, call.Arguments) switch
    {
        (not "Contains", _, _) => null,
        (_, { } collection, [var item]) when collection.Type != typeof(string) => (collection, item),
        (_, null, [var collection, var item, ..]) => (Values.WithoutSpan(collection), item),
        _ => null,
    };
}
