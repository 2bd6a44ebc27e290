using System.Linq.Expressions;
using System.Reflection;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>The parts of a lambda that do not speak about the payload: constants, captured variables, and what is computed of them.</summary>
internal static class ClosureValues
{
    /// <exception cref="NotSupportedException">It cannot be computed.</exception>
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
            throw Untranslatable.Of(expression, "A span is no value: give an array or a list");
        }

        try
        {
            return Evaluate(expression);
        }
        catch (Exception e)
        {
            // What a program computes may fail in any way, and what names the part helps whoever wrote it.
            throw Untranslatable.Of(expression, $"Its value cannot be computed: {Failures.MessageOf((e as TargetInvocationException)?.InnerException ?? e)}", e);
        }
    }

    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };

    // Parameters of lambdas within the expression are its own.
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
