using System.Linq.Expressions;
using System.Reflection;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Evaluates the parts of a lambda that do not depend on the payload: constants, captured variables, and computations with them.
/// </summary>
internal static class ClosureValues
{
    /// <exception cref="NotSupportedException">The expression does not depend on the payload, but cannot be computed.</exception>
    public static bool TryEvaluate(Expression expression, out object? value)
    {
        var finder = new ParameterFinder();
        finder.Visit(expression);
        value = finder.HasFound ? null : Compute(expression);
        return !finder.HasFound;
    }

    public static object? DefaultOf(Type type) => Evaluate(Expression.Default(type));

    private static object? Compute(Expression expression)
    {
        if (expression.Type.IsByRefLike)
        {
            throw Untranslatable.Create(expression, "A span cannot be stored. Use an array or a list");
        }

        try
        {
            return Evaluate(expression);
        }
        catch (Exception e)
        {
            // Code of the program may fail in any way. The message names the failing part.
            var reason = Failures.MessageOf((e as TargetInvocationException)?.InnerException ?? e);
            throw Untranslatable.Create(expression, $"Its value cannot be computed: {reason}", e);
        }
    }

    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member =>
            field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };

    // Looks for parameters that the expression does not declare itself in an inner lambda.
    private sealed class ParameterFinder : ExpressionVisitor
    {
        private readonly HashSet<ParameterExpression> _own = [];

        public bool HasFound { get; private set; }

        protected override Expression VisitLambda<T>(Expression<T> node)
        {
            _own.UnionWith(node.Parameters);
            return base.VisitLambda(node);
        }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            HasFound |= !_own.Contains(node);
            return node;
        }
    }
}
